using Microsoft.Extensions.Logging;

namespace STrace.Agent;

/// <summary>All log events of the agent, with stable ids.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Information, "agent of {Host} is ready: applications attach at {Socket}, the manager is {Manager}")]
    public static partial void Ready(ILogger logger, string host, string socket, string manager);

    [LoggerMessage(2, LogLevel.Debug, "an application broke off while attaching: {Reason}")]
    public static partial void AttachBroken(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Error, "an application was refused: {Reason}")]
    public static partial void AttachRefused(ILogger logger, string reason);

    [LoggerMessage(4, LogLevel.Information, "connected to the manager at {Manager}")]
    public static partial void Connected(ILogger logger, string manager);

    [LoggerMessage(5, LogLevel.Warning, "the manager at {Manager} is unreachable ({Reason}): events are kept here and sent when it answers")]
    public static partial void Unreachable(ILogger logger, string manager, string reason);

    [LoggerMessage(6, LogLevel.Warning, "the manager's answer is not of this protocol ({Reason}); connecting anew")]
    public static partial void ProtocolBroken(ILogger logger, string reason);

    [LoggerMessage(7, LogLevel.Information, "session {Session} records")]
    public static partial void Armed(ILogger logger, string session);

    [LoggerMessage(8, LogLevel.Information, "session {Session} ended: {Blocks} blocks sent")]
    public static partial void Disarmed(ILogger logger, string session, long blocks);

    [LoggerMessage(9, LogLevel.Error, "the manager has been away too long: {Dropped} blocks of events are lost since the agent started")]
    public static partial void SpoolFull(ILogger logger, long dropped);

    [LoggerMessage(10, LogLevel.Warning, "{Threads} threads of user arena {Arena} found no free ring and run unrecorded: give the agent more --rings")]
    public static partial void NoFreeRing(ILogger logger, uint threads, ushort arena);
}
