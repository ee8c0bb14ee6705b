using System.Runtime.InteropServices;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>Turns requests that are known to be one into paths.</summary>
internal sealed class PathAssembler(Trace trace, PacketPlacement packets, EdgeRoutes routes, IEnumerable<EventLoss> losses, long slowThresholdNs)
{
    private readonly LossIndex _losses = new(losses);

    public PathSet Assemble(
        string session, IReadOnlyList<RewriteSource> rewrites, IReadOnlyDictionary<string, IpAddress> hostAddresses)
    {
        var placed = new Dictionary<Request, List<PlacedPacket>>(ReferenceEqualityComparer.Instance);
        foreach (PlacedPacket packet in packets.Placed)
        {
            ref List<PlacedPacket>? list = ref CollectionsMarshal.GetValueRefOrAddDefault(placed, packet.Call.Request!.Whole, out _);
            (list ??= []).Add(packet);
        }

        var paths = new Dictionary<Request, CausalPath>(ReferenceEqualityComparer.Instance);
        foreach ((Request whole, PathGraph graph) in Graphs(trace))
            paths[whole] = new PathWriter(graph, placed.GetValueOrDefault(whole, []), routes, _losses, slowThresholdNs).Write();
        return new PathSet(session, rewrites, hostAddresses, Unpaired(paths),
            [.. paths.Values.OrderBy(p => p.StartNs).ThenBy(p => p.Id, StringComparer.Ordinal)])
        {
            UnplacedPackets = packets.Unplaced,
        };
    }

    /// <summary>The graph of every request that is known to be one.</summary>
    public static IEnumerable<(Request Whole, PathGraph Graph)> Graphs(Trace trace)
    {
        var steps = new Dictionary<Request, List<Step>>(ReferenceEqualityComparer.Instance);
        foreach (Request request in trace.Requests)
        {
            if (request.Steps.Count == 0)
                continue;
            ref List<Step>? list = ref CollectionsMarshal.GetValueRefOrAddDefault(steps, request.Whole, out bool known);
            if (known)
                list!.AddRange(request.Steps);
            else
                list = [.. request.Steps];
        }
        var builder = new GraphBuilder();
        foreach ((Request whole, List<Step> list) in steps)
            yield return (whole, builder.Build(list));
    }

    private UnpairedStart[] Unpaired(Dictionary<Request, CausalPath> paths) =>
    [
        .. trace.Unpaired
            .Where(end => end.Key.UnixSocket is null)
            .OrderBy(end => end.Start.Event.EffectNs).ThenBy(end => end.Start, StepOrder.Instance)
            .Select(end => (end, e: end.Start.Event))
            .Select(x => new UnpairedStart(x.e.Host, x.e.Tid, x.e.Operation, x.e.EffectNs, x.end.Key.Flow,
                x.end.Start.Request is { } request && paths.TryGetValue(request.Whole, out CausalPath? path) ? path.Id : null)),
    ];
}
