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

    [LoggerMessage(9, LogLevel.Error, "the spool is full: {Dropped} records are lost since the agent started")]
    public static partial void SpoolFull(ILogger logger, long dropped);

    [LoggerMessage(10, LogLevel.Warning, "{Threads} threads of user arena {Arena} found no free ring and run unrecorded: give the agent more --rings")]
    public static partial void NoFreeRing(ILogger logger, uint threads, ushort arena);

    [LoggerMessage(11, LogLevel.Warning, "packets are not recorded: {Reason}")]
    public static partial void NoPackets(ILogger logger, string reason);

    [LoggerMessage(12, LogLevel.Warning, "{Reason}; trying again every second")]
    public static partial void CaptureBroken(ILogger logger, string reason);

    [LoggerMessage(13, LogLevel.Information, "capturing on {Interface} again")]
    public static partial void CaptureResumed(ILogger logger, string @interface);

    [LoggerMessage(14, LogLevel.Warning, "packets come faster than they are recorded: {Dropped} are lost in session {Session} so far")]
    public static partial void PacketsDropped(ILogger logger, long dropped, string session);

    [LoggerMessage(15, LogLevel.Information, "session {Session} ended: {Packets} packets recorded, {Dropped} lost")]
    public static partial void CaptureEnded(ILogger logger, string session, long packets, long dropped);

    [LoggerMessage(16, LogLevel.Information, "datastore {Host} is ready at {Ports} ports, the manager is {Manager}")]
    public static partial void DatastoreReady(ILogger logger, string host, int ports, string manager);

    [LoggerMessage(17, LogLevel.Warning, "frame {Number} was not sent: {Reason}")]
    public static partial void NotInjected(ILogger logger, long number, string reason);

    [LoggerMessage(60, LogLevel.Error, "the manager does not take this agent: {Reason}")]
    public static partial void Refused(ILogger logger, string reason);

    [LoggerMessage(18, LogLevel.Error, "events cannot be kept in {Path} ({Reason}): what does not fit in memory is lost until they can")]
    public static partial void SpoolFailed(ILogger logger, string path, string reason);

    [LoggerMessage(19, LogLevel.Information, "events can be kept in {Path} again")]
    public static partial void SpoolRecovered(ILogger logger, string path);

    [LoggerMessage(20, LogLevel.Warning, "{Bytes} bytes in {Path} that an earlier agent was writing when it was killed are cut off")]
    public static partial void SpoolTorn(ILogger logger, string path, long bytes);

    [LoggerMessage(21, LogLevel.Information, "sending {Blocks} blocks that run {Run} of the agent left")]
    public static partial void EarlierRun(ILogger logger, long blocks, Guid run);

    [LoggerMessage(22, LogLevel.Error, "what run {Run} of the agent left is not sent ({Reason}); it stays in {Path}")]
    public static partial void EarlierRunKept(ILogger logger, Guid run, string reason, string path);

    [LoggerMessage(23, LogLevel.Information, "goes on with the arena {Path} of an earlier agent: {Rings} rings, {Objects} objects known")]
    public static partial void Adopted(ILogger logger, string path, int rings, int objects);

    [LoggerMessage(24, LogLevel.Warning, "a ring of {Program} [{Tid}] had been overwritten: what it held is given up")]
    public static partial void RingOverwritten(ILogger logger, string program, int tid);

    [LoggerMessage(25, LogLevel.Warning, "{Folder} has room for {Rings} rings a user only, not {Wanted}")]
    public static partial void FewerRings(ILogger logger, string folder, uint rings, uint wanted);

    [LoggerMessage(26, LogLevel.Warning, "the manager did not take the last {Records} records before the agent's end: they are lost")]
    public static partial void LostAtEnd(ILogger logger, long records);

    [LoggerMessage(27, LogLevel.Warning, "{Link} cannot be made ({Reason}): applications ask at the socket for their arena each time they start")]
    public static partial void NotLinked(ILogger logger, string link, string reason);

    [LoggerMessage(28, LogLevel.Warning, "process {Pid} asked at {Socket} and did not wait for the answer: if it still runs, it is recorded from a later call on")]
    public static partial void AttachGivenUp(ILogger logger, int pid, string socket);

    [LoggerMessage(29, LogLevel.Warning, "another agent of host {Host} runs (process {Pid}): its arenas are left alone, the applications that attached to it are recorded by it")]
    public static partial void AnotherAgent(ILogger logger, string host, string pid);
}
