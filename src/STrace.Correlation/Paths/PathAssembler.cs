using STrace.Model;

namespace STrace.Correlation;

/// <summary>Turns requests that are known to be one into paths.</summary>
internal sealed class PathAssembler(JoinedTrace trace, PacketPlacement packets, IEnumerable<EventLoss> losses, long slowThresholdNs)
{
    private readonly LossIndex _losses = new(losses);

    public PathSet Assemble(
        string session, IReadOnlyList<RewriteSource> rewrites, IReadOnlyDictionary<string, IpAddress> hostAddresses)
    {
        var parts = new Dictionary<int, PathParts>();
        int[] previous = PreviousServing();
        for (int i = 0; i < trace.Events.Count; i++)
            if (trace.PathOf(i) is var path and not HostTrace.None)
                Of(path).Events.Add(i);
        foreach (Link link in trace.Links)
            if (trace.PathOf(link.From) is var path and not HostTrace.None && path == trace.PathOf(link.To))
                Of(path).Links.Add(link);
        foreach (OpenQuestion question in trace.Questions)
            if (trace.PathOf(question.Event) is var path and not HostTrace.None)
                Of(path).Questions.Add(question);
        foreach ((int index, EventLoss loss) in trace.Refused)
            if (trace.PathOf(index) is var path and not HostTrace.None)
                Of(path).Losses.Add(loss);

        foreach (PlacedPacket packet in packets.Placed)
            Of(trace.PathOf(packet.Event)).Packets.Add(packet);

        var paths = new Dictionary<int, CausalPath>(parts.Count);
        foreach ((int path, PathParts part) in parts)
            paths[path] = new PathBuilder(trace, part, previous, _losses, slowThresholdNs).Build();
        return new PathSet(session, rewrites, hostAddresses, Unpaired(paths),
            [.. paths.Values.OrderBy(p => p.StartNs).ThenBy(p => p.Id, StringComparer.Ordinal)])
        {
            UnplacedPackets = packets.Unplaced,
        };

        PathParts Of(int path)
        {
            if (!parts.TryGetValue(path, out PathParts? part))
                parts[path] = part = new PathParts();
            return part;
        }
    }

    /// <summary>For each event the last one before it on its thread that served a request.</summary>
    private int[] PreviousServing()
    {
        var previous = new int[trace.Events.Count];
        int last = HostTrace.None;
        for (int i = 0; i < previous.Length; i++)
        {
            if (i == 0 || !SameThread(trace.Events[i - 1], trace.Events[i]))
                last = HostTrace.None;
            previous[i] = last;
            if (trace.PathOf(i) != HostTrace.None)
                last = i;
        }
        return previous;
    }

    private UnpairedStart[] Unpaired(Dictionary<int, CausalPath> paths) =>
    [
        .. trace.Unpaired
            .Where(end => end.Key.UnixSocket is null)
            .Select(end => (end, e: trace.Events[end.Start]))
            .OrderBy(x => x.e.EffectNs).ThenBy(x => x.end.Start)
            .Select(x => new UnpairedStart(x.e.Host, x.e.Tid, x.e.Operation, x.e.EffectNs, x.end.Key.Flow,
                paths.TryGetValue(trace.PathOf(x.end.Start), out CausalPath? path) ? path.Id : null)),
    ];

    public static bool SameThread(HostEvent a, HostEvent b) => a.Ring == b.Ring && a.Agent == b.Agent && a.Host == b.Host;
}

/// <summary>What belongs to one path; events ascending.</summary>
internal sealed class PathParts
{
    public List<int> Events { get; } = [];
    public List<Link> Links { get; } = [];
    public List<OpenQuestion> Questions { get; } = [];
    public HashSet<EventLoss> Losses { get; } = [];
    public List<PlacedPacket> Packets { get; } = [];
}
