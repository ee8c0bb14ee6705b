using System.Net;
using Microsoft.Extensions.Logging;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>All log events of the assembly; their ids are stable (4000-4999).</summary>
internal static partial class LogMessages
{
    [LoggerMessage(4000, LogLevel.Information, "listening for switches on {Endpoint}")]
    public static partial void Listening(this ILogger logger, EndPoint endpoint);

    [LoggerMessage(4001, LogLevel.Debug, "connection from {Peer}")]
    public static partial void Accepted(this ILogger logger, EndPoint? peer);

    [LoggerMessage(4002, LogLevel.Warning, "cannot accept a connection: {Reason}")]
    public static partial void AcceptFailed(this ILogger logger, string reason);

    [LoggerMessage(4010, LogLevel.Information, "switch {Switch} is up with {Ports} ports")]
    public static partial void SwitchUp(this ILogger logger, string @switch, int ports);

    [LoggerMessage(4011, LogLevel.Information, "switch {Switch} is down: {Reason}")]
    public static partial void SwitchDown(this ILogger logger, string @switch, string reason);

    [LoggerMessage(4012, LogLevel.Warning, "connection of {Switch} closed for a broken message (type {Type}, offset {Offset}): {Reason}")]
    public static partial void BrokenMessage(this ILogger logger, string @switch, string type, int offset, string reason);

    [LoggerMessage(4013, LogLevel.Warning, "switch {Switch} sent a message of unknown type {Type}, ignored")]
    public static partial void UnknownMessage(this ILogger logger, string @switch, int type);

    [LoggerMessage(4014, LogLevel.Warning, "switch {Switch} answered xid {Xid} with ERROR {Type} {Code}")]
    public static partial void SwitchError(this ILogger logger, string @switch, uint xid, string type, string code);

    [LoggerMessage(4015, LogLevel.Error, "the manager failed on a message of {Switch}")]
    public static partial void SessionFailed(this ILogger logger, Exception exception, string @switch);

    [LoggerMessage(4020, LogLevel.Debug, "switch {Dpid:x16}: NAT of {Flow} by {Entry}")]
    public static partial void NatInstalled(this ILogger logger, ulong dpid, NatFlow flow, NatEntry entry);

    [LoggerMessage(4021, LogLevel.Warning, "switch {Dpid:x16}: {Real} does not answer ARP, {Packets} packets to it dropped")]
    public static partial void NatUnresolved(this ILogger logger, ulong dpid, string real, int packets);

    [LoggerMessage(4030, LogLevel.Information, "controller {Upstream} is up")]
    public static partial void UpstreamUp(this ILogger logger, string upstream);

    [LoggerMessage(4031, LogLevel.Warning, "controller {Upstream} is not there, it is tried again: {Reason}")]
    public static partial void UpstreamDown(this ILogger logger, string upstream, string reason);

    [LoggerMessage(4032, LogLevel.Warning, "switch {Dpid:x16}: the rules that stand did not get or lose their mirror: {Reason}")]
    public static partial void FlowsNotRenewed(this ILogger logger, ulong dpid, string reason);

    [LoggerMessage(4033, LogLevel.Warning, "a switch was refused: {Reason}")]
    public static partial void SwitchRefused(this ILogger logger, string reason);

    [LoggerMessage(4034, LogLevel.Warning, "switch {Dpid:x16}: a rule of its controller {Flaw}; this is said once")]
    public static partial void RuleNotMirrored(this ILogger logger, ulong dpid, string flaw);
}
