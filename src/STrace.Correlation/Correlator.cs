using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Builds causal paths from what hosts and switches recorded. Pure: no I/O and no clock but the events' own; the same input in
/// any order gives the same result; near-linear in the number of events and packets.
/// </summary>
public static class Correlator
{
    /// <summary>So much is walked over before what became final is put into words: what is used together is in the cache together.</summary>
    private const int SliceEvents = 100_000;

    public static PathSet Build(CorrelationInput input, CorrelationOptions options)
    {
        IReadOnlyList<ClockOffset> clocks = [];
        if (options.CorrectsClocks)
            input = ClockCorrection.Apply(input, out clocks);
        var stream = new LiveCorrelator(options) { HostAddresses = input.HostAddresses, Network = input.Network };
        var paths = new List<CausalPath>();
        Feed(stream, input, update => paths.AddRange(update.Changed));
        return new PathSet(input.Session, [.. options.Rewrites.Distinct().Order()], input.HostAddresses, stream.Unpaired,
            [.. paths.OrderBy(p => p.StartNs).ThenBy(p => p.Id, StringComparer.Ordinal)])
        {
            Clocks = clocks,
            UnplacedPackets = stream.UnplacedPackets,
        };
    }

    /// <summary>Everything, in slices of time.</summary>
    private static void Feed(LiveCorrelator stream, CorrelationInput input, Action<PathUpdate> use)
    {
        foreach (RewriteRule rule in input.RewriteRules)
            stream.Add(rule);
        foreach (ThreadOrigin origin in input.ThreadStarts)
            stream.Add(origin);
        foreach (EventLoss loss in input.Losses)
            stream.Add(loss);
        foreach (DeclaredSend declared in input.DeclaredSends)
            stream.Add(declared);
        foreach (CapturedPacket packet in input.Packets)
            stream.Add(packet);
        var hosts = new HashSet<string>();
        (long firstNs, long lastNs) = (long.MaxValue, long.MinValue);
        foreach (HostEvent e in input.Events)
        {
            stream.Add(e);
            hosts.Add(e.Host);
            (firstNs, lastNs) = (Math.Min(firstNs, e.EffectNs), Math.Max(lastNs, e.EffectNs));
        }
        foreach ((string host, long untilNs) in input.LateHosts)
        {
            stream.Pass(host, untilNs);
            stream.GiveUp(host);
        }
        int slices = input.Events.Count / SliceEvents;
        for (int slice = 1; slice < slices; slice++)
        {
            long untilNs = firstNs + (long)((double)(lastNs - firstNs) * slice / slices);
            foreach (string host in hosts)
                stream.Pass(host, untilNs);
            use(stream.Build(provisional: false));
        }
        use(stream.End());
    }
}
