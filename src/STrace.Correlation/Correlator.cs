using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Builds causal paths from what hosts and switches recorded. Pure: no I/O and no clock but the events' own; the same input in
/// any order gives the same result; near-linear in the number of events and packets.
/// </summary>
public static class Correlator
{
    /// <summary>
    /// Two stages with a plain data contract (<see cref="Trace"/>) between them: the first works on one host's events alone
    /// and could run anywhere, the second joins what the first left open and is the only one that crosses hosts.
    /// </summary>
    public static PathSet Build(CorrelationInput input, CorrelationOptions options)
    {
        IReadOnlyList<ClockOffset> clocks = [];
        if (options.CorrectsClocks)
            input = ClockCorrection.Apply(input, out clocks);
        HostWalk[] walks = Walk(input);

        RewriteRule[] rules = [.. input.RewriteRules.Where(r => options.Rewrites.Contains(r.Source))];
        var trace = new Trace(walks);
        List<Conversation> conversations = new ConversationReader(trace, options.ClockToleranceNs).Read(input.Packets);
        IReadOnlyList<Conversation> proofs = options.Rewrites.Contains(RewriteSource.Packets) ? conversations : [];
        GlobalStage.Join(trace, new RewriteIndex(rules), proofs, options.ClockToleranceNs);
        var packets = new PacketPlacement(conversations);
        return new PathAssembler(trace, packets, new EdgeRoutes(input.Network), input.Losses, options.SlowThresholdNs).Assemble(
            input.Session, [.. options.Rewrites.Distinct().Order()], input.HostAddresses) with
        { Clocks = clocks };
    }

    /// <summary>The paths without their packets, not in words.</summary>
    internal static List<PathGraph> Graphs(CorrelationInput input, CorrelationOptions options)
    {
        var trace = new Trace(Walk(input));
        GlobalStage.Join(trace, new RewriteIndex(input.RewriteRules), [], options.ClockToleranceNs);
        return PathAssembler.Graphs(trace).Select(g => g.Graph).ToList();
    }

    private static HostWalk[] Walk(CorrelationInput input)
    {
        var walks = new SortedDictionary<string, HostWalk>(StringComparer.Ordinal);
        foreach (ThreadOrigin origin in input.ThreadStarts)
            Of(origin.Host).Add(origin);
        foreach (EventLoss loss in input.Losses)
            Of(loss.Host).Add(loss);
        foreach (DeclaredSend declared in input.DeclaredSends)
            Of(declared.Host).Add(declared);
        foreach (HostEvent e in input.Events)
            Of(e.Host).Add(e);
        foreach (HostWalk walk in walks.Values)
            walk.Advance(long.MaxValue, isLast: true);
        return [.. walks.Values];

        HostWalk Of(string host)
        {
            if (!walks.TryGetValue(host, out HostWalk? walk))
                walks[host] = walk = new HostWalk();
            return walk;
        }
    }
}
