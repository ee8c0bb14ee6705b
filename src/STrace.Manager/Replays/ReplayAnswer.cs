using STrace.Control;
using STrace.Model;

namespace STrace.Manager;

/// <summary>What a replay did and found, as the API tells it.</summary>
internal static class ReplayAnswer
{
    public static ReplayInfo Of(string session, ReplayRecord record, ReplayComparisonInfo comparison, ReplayDatastores datastores) => new(
        record.Id,
        session,
        [.. record.FlowMods.Select(f => new ReplayFlowMod(
            Dpid(f.Dpid), f.Xid, f.Command.ToString().ToLowerInvariant(), $"0x{f.Cookie:x}", f.Priority, f.Match, f.Actions, f.RecordedNs.ToString()))],
        [.. record.Barriers.Select(b => new ReplayBarrierInfo(Dpid(b.Dpid), b.Xid))],
        [.. record.Injected.OrderBy(i => i.Key.Dpid).ThenBy(i => i.Key.Port).Select(i =>
            new ReplayInjected(Dpid(i.Key.Dpid), i.Key.Port, datastores.Interface(i.Key), i.Value))],
        record.PacketOuts.Values.Sum(),
        [.. record.MutedPacketIns.OrderBy(m => m.Key).Select(m => new ReplayMuted(Dpid(m.Key), m.Value))],
        [.. record.Errors.Select(e => $"switch {Dpid(e.Dpid)} refused xid {e.Xid}: {e.Type} {e.Code}")],
        [.. record.Rewrites.Select(Rule)],
        comparison);

    /// <summary>A rewrite as a path has it.</summary>
    public static RewriteInfo Of(Rewrite rewrite, string path) => new(
        rewrite.TimeNs.ToString(), Dpid(rewrite.Dpid), $"0x{rewrite.Cookie:x}", rewrite.Priority, rewrite.Match, rewrite.Actions, Flow(rewrite.From),
        Flow(rewrite.To), rewrite.Source.ToString().ToLowerInvariant(), rewrite.ReplayId, path);

    private static RewriteInfo Rule(RewriteRule rule) => new(
        rule.InstalledNs.ToString(), Dpid(rule.Dpid), $"0x{rule.Cookie:x}", rule.Priority, rule.Match, rule.Actions, null, null,
        rule.Source.ToString().ToLowerInvariant(), rule.ReplayId, null);

    private static FlowInfo Flow(FlowTuple flow) => new(flow.Source.ToString(), flow.Destination.ToString());

    private static string Dpid(ulong dpid) => $"{dpid:x16}";
}
