namespace STrace.Manager;

/// <summary>What a switch forwarded during a session, by its own counters. Times are ns since the epoch, as text.</summary>
/// <param name="Dpid">16 hex digits.</param>
/// <param name="FromNs">When it first told its counters; null: never.</param>
/// <param name="UntilNs">When it last told them.</param>
/// <param name="Answered">False: it was asked again after that, at the session's end say, and did not answer.</param>
/// <param name="Rules">In its table when it last told.</param>
/// <param name="Packets">Taken by rules.</param>
/// <param name="Misses">Packets that no rule took.</param>
public sealed record SessionSwitchInfo(
    string Dpid, string? FromNs, string? UntilNs, bool Answered, int Rules, ulong Packets, ulong Bytes, ulong Misses,
    IReadOnlyList<SessionPortInfo> Ports);

/// <param name="Received">Packets that came in.</param>
/// <param name="Sent">Packets that went out.</param>
/// <param name="Dropped">In both directions, as <paramref name="Errors"/>.</param>
public sealed record SessionPortInfo(int Number, ulong Received, ulong Sent, ulong Dropped, ulong Errors);
