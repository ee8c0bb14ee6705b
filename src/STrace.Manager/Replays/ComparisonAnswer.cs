using STrace.Control;
using STrace.Model;

namespace STrace.Manager;

/// <summary>The comparison of a replay with its record, as the API tells it.</summary>
internal static class ComparisonAnswer
{
    public static ReplayComparisonInfo Of(ReplayComparison comparison, TimeSpan lateAfter) => new(
        comparison.Sent, comparison.Delivered, comparison.Dropped, comparison.Rewritten.Sum(r => r.Frames), comparison.Unexpected,
        comparison.FirstDivergence, comparison.Absorbed, comparison.Diverged, comparison.Unknown, comparison.Reordered, lateAfter.TotalMilliseconds,
        comparison.First is { } first ? Of(first) : null,
        [.. comparison.Flows.Select(f => new ReplayFlow(
            f.Name, f.Sent, f.Delivered, f.Dropped, f.Unexpected, f.Absorbed, f.Diverged, f.Unknown, f.Reordered, f.Rewritten))],
        [.. comparison.Rewritten.Select(r => new ReplayRewritten(
            Flow(r.From), Flow(r.To), Dpid(r.At.Dpid), r.At.Port, r.Frames, [.. r.By.Select(Of)]))],
        [.. comparison.Packets.Select(Of)]);

    private static ReplayDivergence Of(Divergence divergence) => new(
        Of(divergence.Packet), divergence.Recorded, divergence.Replayed, divergence.Cause,
        divergence.RecordedRule is { } was ? Of(was) : null, divergence.ReplayedRule is { } now ? Of(now) : null);

    private static ReplayPacket Of(PacketOutcome packet) => new(
        packet.Flow, packet.Index, packet.TimeNs.ToString(), packet.SentAt is { } at ? new PortInfo(Dpid(at.Dpid), at.Port) : null,
        packet.Verdict.ToString().ToLowerInvariant(), packet.Evidence.ToString().ToLowerInvariant(), packet.Rewritten, packet.Reordered,
        [.. packet.Recorded.Select(Of)], [.. packet.CameOut.Select(Of)], [.. packet.Rules.Select(Of)], packet.Why);

    private static ReplayCopy Of(PacketCopy copy) => new(Dpid(copy.At.Dpid), copy.At.Port, copy.Headers);

    private static ReplayRule Of(RuleOnWay rule) => new(
        Dpid(rule.Dpid), rule.InPort, $"0x{rule.Cookie:x}", rule.Priority, rule.Match, rule.Actions, rule.Rewrites);

    private static FlowInfo Flow(FlowTuple flow) => new(flow.Source.ToString(), flow.Destination.ToString());

    private static string Dpid(ulong dpid) => $"{dpid:x16}";
}
