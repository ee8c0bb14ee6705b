using Microsoft.Extensions.Logging;

namespace STrace.Manager;

/// <summary>All log events of the manager's own parts, with stable ids.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(101, LogLevel.Information, "agent of {Host} connected ({Addresses})")]
    public static partial void AgentConnected(ILogger logger, string host, string addresses);

    [LoggerMessage(102, LogLevel.Information, "agent of {Host} is gone")]
    public static partial void AgentGone(ILogger logger, string host);

    [LoggerMessage(103, LogLevel.Error, "the connection of agent {Host} was closed: {Reason}")]
    public static partial void AgentBroken(ILogger logger, string host, string reason);

    [LoggerMessage(104, LogLevel.Error, "agent of {Host} had to drop {Records} records since it started: paths of that time are incomplete")]
    public static partial void AgentDropped(ILogger logger, string host, long records);

    [LoggerMessage(105, LogLevel.Information, "session {Session} records")]
    public static partial void SessionStarted(ILogger logger, string session);

    [LoggerMessage(106, LogLevel.Information, "session {Session} is closed: {Messages} control messages")]
    public static partial void SessionStopped(ILogger logger, string session, long messages);

    [LoggerMessage(107, LogLevel.Warning, "session {Session} is closed without the last records of {Hosts}: these agents did not finish in time")]
    public static partial void SessionLate(ILogger logger, string session, string hosts);

    [LoggerMessage(108, LogLevel.Warning, "a block of {Host} for session {Session} came after its end and is discarded")]
    public static partial void LateBlock(ILogger logger, string host, string session);

    [LoggerMessage(109, LogLevel.Error, "control messages cannot be recorded: {Reason}")]
    public static partial void RecordingFailed(ILogger logger, string reason);

    [LoggerMessage(110, LogLevel.Warning, "{Messages} control messages were not recorded: the store did not keep up")]
    public static partial void ControlGap(ILogger logger, long messages);

    [LoggerMessage(111, LogLevel.Warning, "session {Session}: a block of {Source} cannot be used and is left out: {Reason}")]
    public static partial void DamagedBlock(ILogger logger, string session, string source, string reason);

    [LoggerMessage(112, LogLevel.Information, "manager is ready: switches at {OpenFlow}, agents at {Agents}, http at {Http}, data in {Data}")]
    public static partial void Ready(ILogger logger, string openFlow, string agents, string http, string data);

    [LoggerMessage(113, LogLevel.Warning, "cannot accept an agent's connection: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string reason);

    [LoggerMessage(114, LogLevel.Warning, "no replay network can connect at {Address}: {Reason}")]
    public static partial void NoReplay(ILogger logger, string address, string reason);

    [LoggerMessage(115, LogLevel.Information, "replay {Id} of session {Session}: {Rules} rules, {Frames} frames, {Rewrites} rewrites found")]
    public static partial void Replayed(ILogger logger, string id, string session, int rules, int frames, int rewrites);

    [LoggerMessage(116, LogLevel.Error, "an agent of host {Host} ({Addresses}) is not taken: {Reason}")]
    public static partial void AgentRefused(ILogger logger, string host, string addresses, string reason);

    [LoggerMessage(117, LogLevel.Error, "{Connections} agents are connected, as many as this process has descriptors for: more are turned away (raise ulimit -n)")]
    public static partial void TooManyAgents(ILogger logger, int connections);

    [LoggerMessage(118, LogLevel.Warning, "session {Session}: its paths are no longer built while it records ({Reason}): they are built from the store when they are asked for")]
    public static partial void LiveStopped(ILogger logger, string session, string reason);

    [LoggerMessage(119, LogLevel.Error, "session {Session}: building its paths while it records failed")]
    public static partial void LiveFailed(ILogger logger, Exception failure, string session);

    [LoggerMessage(120, LogLevel.Warning, "session {Session}: the agent of {Host} is away for longer than paths wait for it: until the session is closed, those that may lack its calls are lossy")]
    public static partial void LiveHostLate(ILogger logger, string session, string host);

    [LoggerMessage(121, LogLevel.Information, "session {Session}: {Paths} paths became final before it was closed or with its end; {TooLate} records came too late for them")]
    public static partial void LiveEnded(ILogger logger, string session, long paths, long tooLate);

    [LoggerMessage(122, LogLevel.Warning, "session {Session}: the counters of switches {Switches} at its end are unknown: these did not answer")]
    public static partial void CountersMissing(ILogger logger, string session, string switches);

    [LoggerMessage(130, LogLevel.Warning, "session {Session}: rule {Match} of switch {Dpid:x16} ({Actions}) may rewrite addresses, and nothing is joined by it: {Doubt}; this is said of the first such rule")]
    public static partial void DoubtfulRule(ILogger logger, string session, ulong dpid, string match, string actions, string doubt);
}
