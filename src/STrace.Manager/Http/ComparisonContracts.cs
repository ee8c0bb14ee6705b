namespace STrace.Manager;

/// <summary>A replay held against its record. Totals are of all packets; a packet that was sent has one verdict.</summary>
/// <param name="Sent">Delivered, absorbed, dropped, diverged and unknown together.</param>
/// <param name="Delivered">They came out where the record says, and as what it says.</param>
/// <param name="Dropped">They did not come out, although they did in the recording.</param>
/// <param name="Rewritten">Frames that came out with other addresses than they went in with.</param>
/// <param name="Unexpected">Frames that came out and had not been sent.</param>
/// <param name="FirstDivergence">The earliest packet that was dropped or diverged, in a sentence; null where the replay agrees.</param>
/// <param name="Absorbed">They came out neither in the recording nor in the replay.</param>
/// <param name="Diverged">They came out elsewhere, as something else, more or fewer times, or late.</param>
/// <param name="Unknown">The record does not tell enough to say.</param>
/// <param name="Reordered">They came out behind a later one of their flow, at the same port. No divergence by itself.</param>
/// <param name="LateAfterMs">From when on a packet is late.</param>
/// <param name="Packets">Of each kind the first; in the order of sending.</param>
public sealed record ReplayComparisonInfo(
    int Sent, int Delivered, int Dropped, int Rewritten, int Unexpected, string? FirstDivergence, int Absorbed, int Diverged, int Unknown,
    int Reordered, double LateAfterMs, ReplayDivergence? Divergence, IReadOnlyList<ReplayFlow> Flows, IReadOnlyList<ReplayRewritten> Changes,
    IReadOnlyList<ReplayPacket> Packets);

/// <summary>As the totals, of one flow as it went in.</summary>
public sealed record ReplayFlow(
    string Name, int Sent, int Delivered, int Dropped, int Unexpected, int Absorbed, int Diverged, int Unknown, int Reordered, int Rewritten);

/// <summary>Frames that came out with other addresses than they went in with.</summary>
/// <param name="By">The rules that made it, in the order of the way.</param>
public sealed record ReplayRewritten(FlowInfo From, FlowInfo To, string Dpid, int Port, int Frames, IReadOnlyList<ReplayRule> By);

/// <summary>A rule that took a packet.</summary>
/// <param name="InPort">Where the packet entered the switch.</param>
public sealed record ReplayRule(string Dpid, int InPort, string Cookie, int Priority, string Match, string Actions, bool Rewrites);

/// <param name="Index">Which of its flow, from 1.</param>
/// <param name="TimeNs">When it was recorded; of an unexpected one, when it came out.</param>
/// <param name="SentAt">Null for an unexpected one.</param>
/// <param name="Verdict">delivered, absorbed, dropped, diverged, unknown or unexpected.</param>
/// <param name="Evidence">What tells how it fared in the recording: none, topology, mirror or sniffer.</param>
/// <param name="Recorded">Where it came out in the recording.</param>
/// <param name="CameOut">Where it came out in the replay.</param>
/// <param name="Rules">That took it in the replay.</param>
/// <param name="Why">In words, where the verdict needs any.</param>
public sealed record ReplayPacket(
    string Flow, int Index, string TimeNs, PortInfo? SentAt, string Verdict, string Evidence, bool Rewritten, bool Reordered,
    IReadOnlyList<ReplayCopy> Recorded, IReadOnlyList<ReplayCopy> CameOut, IReadOnlyList<ReplayRule> Rules, string? Why);

/// <param name="Headers">Protocol and addresses, as it left the network.</param>
public sealed record ReplayCopy(string Dpid, int Port, string Headers);

/// <summary>The first packet that fared otherwise than the record says, explained.</summary>
/// <param name="Cause">The probable one.</param>
/// <param name="RecordedRule">That took it, at the first switch where the two differ; null where none did or none differs.</param>
/// <param name="ReplayedRule">That took it there in the replay.</param>
public sealed record ReplayDivergence(
    ReplayPacket Packet, string Recorded, string Replayed, string Cause, ReplayRule? RecordedRule, ReplayRule? ReplayedRule);
