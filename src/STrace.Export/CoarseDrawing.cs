using STrace.Model;

namespace STrace.Export;

/// <summary>One path with a node a process: how the request went through applications and hosts.</summary>
internal sealed class CoarseDrawing(DotDocument dot, PathSet set, CausalPath path, int index, DotOptions options)
{
    private readonly DotCalls _calls = new(set, path, options);
    private readonly ILookup<string, PathPacket> _packets = path.Packets.ToLookup(p => p.Event);

    private int _crossings;

    /// <summary>Returns the node that stands at the left.</summary>
    public string Write()
    {
        // Processes in the order in which the request reached them.
        Dictionary<(string Host, int Pid), int> processes = [];
        foreach (PathEvent e in path.Events)
            processes.TryAdd(ProcessOf(e), processes.Count);

        int hostIndex = 0;
        foreach (IGrouping<string, PathEvent> host in path.Events.GroupBy(e => e.Event.Host))
        {
            dot.Open($"subgraph cluster_path{index}_host{hostIndex}");
            dot.Line(_calls.HostBox(host.Key, hostIndex));
            foreach (var process in host.GroupBy(ProcessOf))
                WriteProcess(process.Key, process.ToList());
            dot.Close();
            hostIndex++;
        }
        var between = path.Edges
            .Select(edge => (Edge: edge, From: ProcessOf(_calls.Event(edge.From)), To: ProcessOf(_calls.Event(edge.To))))
            .Where(e => e.From != e.To)
            .GroupBy(e => (e.From, e.To, e.Edge.Rewrite, Style: _calls.StyleOf(e.Edge)));
        var joined = new HashSet<(string, string)>();
        foreach (var group in between)
        {
            (string from, string to) = (Node(group.Key.From), Node(group.Key.To));
            bool back = processes[group.Key.From] > processes[group.Key.To];
            List<PathEdge> edges = group.Select(e => e.Edge).ToList();
            IReadOnlyList<NetworkHop> hops = edges.Select(_calls.Crossings.Of).MaxBy(crossed => crossed.Count)!;
            string label = string.Join("<BR/>", edges.CountBy(e => e.Kind).Select(
                kind => JsonText.Kebab(kind.Key) + (kind.Value > 1 ? $" ×{kind.Value}" : "")));
            if (Carrying(edges) is { Count: > 0 } packets)
                label += $"<BR/>{PacketText.Count(packets)}";
            PathEdge slowest = edges.MaxBy(_calls.GapNs)!;

            // Answers run against the direction of the drawing instead of stretching it.
            if (hops.Count == 0 || back || !joined.Add((from, to)))
            {
                label += string.Concat(hops.Select(hop => $"<BR/>{Crossings.Line([hop])}"));
                dot.Line($"{from} -> {to} [{_calls.EdgeAttributes(slowest, label)}{(back ? ", constraint=false" : "")}]");
                continue;
            }
            for (int i = 0; i <= hops.Count; i++)
            {
                string next = i < hops.Count ? WriteSwitch(hops[i], slowest) : to;
                string head = i < hops.Count ? ", dir=none" : "";
                dot.Line($"{from} -> {next} [{(i == 0 ? _calls.EdgeAttributes(slowest, label) : _calls.LineAttributes(slowest))}{head}]");
                from = next;
            }
        }
        return Node(ProcessOf(path.Events[0]));
    }

    /// <summary>The packets that carried what the edges say, as they left; where none was captured there, as they arrived.</summary>
    private List<PathPacket> Carrying(List<PathEdge> edges)
    {
        PathEdge[] network = [.. edges.Where(e => e.Kind is EdgeKind.Message or EdgeKind.Connection or EdgeKind.Rewrite)];
        List<PathPacket> left = Under(network.Select(e => e.From), outgoing: true);
        return left.Count > 0 ? left : Under(network.Select(e => e.To), outgoing: false);

        List<PathPacket> Under(IEnumerable<string> calls, bool outgoing) =>
            calls.Distinct().SelectMany(call => _packets[call]).Where(p => p.Packet.Outgoing == outgoing).ToList();
    }

    private void WriteProcess((string Host, int Pid) process, List<PathEvent> events)
    {
        long startNs = events.Min(e => e.Event.EffectNs);
        long endNs = events.Max(e => Math.Max(e.Event.EffectNs, e.Event.ExitNs));
        int threads = events.Select(e => e.Event.Tid).Distinct().Count();
        HostEvent? failed = events.Find(e => e.Event.Failed)?.Event;

        string label = $"<B>{DotText.Html(events[0].Event.Program)}</B><BR/>process {process.Pid}, {Counted(threads, "thread")}" +
            $"<BR/>{Counted(events.Count, "call")} in {DotText.Duration(endNs - startNs)}" +
            $"<BR/><FONT POINT-SIZE=\"8\" COLOR=\"#4A5568\">from {DotText.Time(startNs)}</FONT>";
        if (failed is not null)
            label += $"<BR/>{DotCalls.Failure(failed, events.Count(e => e.Event.Failed))}";
        PathEdge? slowest = path.Edges
            .Where(e => ProcessOf(_calls.Event(e.From)) == process && ProcessOf(_calls.Event(e.To)) == process)
            .MaxBy(_calls.GapNs);
        if (slowest is not null && _calls.GapNs(slowest) > options.SlowThresholdNs)
        {
            (Operation before, Operation after) = (_calls.Event(slowest.From).Event.Operation, _calls.Event(slowest.To).Event.Operation);
            label += $"<BR/><B>{DotText.Duration(_calls.GapNs(slowest))}</B> from {before.Name()} to {after.Name()}";
        }
        dot.Line($"{Node(process)} [class=\"process\", label=<{label}>{(failed is null ? "" : DotCalls.FailedBox)}]");
    }

    /// <summary>A box for one crossing: the switch itself may stand several times on the way of a request.</summary>
    private string WriteSwitch(NetworkHop hop, PathEdge edge)
    {
        string node = DotText.Quoted($"{path.Id}/crossing/{_crossings++}");
        dot.Line($"{node} [class=\"switch\", label=<{Crossings.Box(hop, edge.Rewrite is not null)}>, fontsize=8, height=0.1, " +
            $"margin=\"0.04,0.02\", fillcolor=\"{Crossings.Fill}\", color=\"{Crossings.Border}\"]");
        return node;
    }

    private string Node((string Host, int Pid) process) => DotText.Quoted($"{path.Id}/{process.Host}/{process.Pid}");

    private static (string Host, int Pid) ProcessOf(PathEvent e) => (e.Event.Host, e.Event.Pid);

    private static string Counted(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";
}
