using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Builds causal paths from what hosts and switches recorded. Pure: no I/O and no clock but the events' own; the same input in
/// any order gives the same result; near-linear in the number of events and packets.
/// </summary>
public static class Correlator
{
    /// <summary>
    /// Two stages with a plain data contract (<see cref="HostTrace"/>) between them: the first works on one host's events alone
    /// and could run anywhere, the second joins what the first left open and is the only one that crosses hosts.
    /// </summary>
    public static PathSet Build(CorrelationInput input, CorrelationOptions options)
    {
        ILookup<string, ThreadOrigin> starts = input.ThreadStarts.ToLookup(s => s.Host);
        ILookup<string, EventLoss> losses = input.Losses.ToLookup(l => l.Host);
        ILookup<string, DeclaredSend> declared = input.DeclaredSends.ToLookup(d => d.Host);
        HostTrace[] hosts = [.. input.Events
            .GroupBy(e => e.Host)
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => HostStage.Trace(new HostEvents(g, starts[g.Key], losses[g.Key]), [.. declared[g.Key]]))];

        RewriteRule[] rules = [.. input.RewriteRules.Where(r => options.Rewrites.Contains(r.Source))];
        var trace = new JoinedTrace(hosts);
        List<Conversation> conversations = new ConversationReader(trace, options.ClockToleranceNs).Read(input.Packets);
        IReadOnlyList<Conversation> proofs = options.Rewrites.Contains(RewriteSource.Packets) ? conversations : [];
        GlobalStage.Join(trace, new RewriteIndex(rules), proofs, options.ClockToleranceNs);
        var packets = new PacketPlacement(trace, conversations);
        return new PathAssembler(trace, packets, input.Losses, options.SlowThresholdNs).Assemble(
            input.Session, [.. options.Rewrites.Distinct().Order()], input.HostAddresses);
    }
}
