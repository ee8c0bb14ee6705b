using STrace.Model;

namespace STrace.Export;

/// <summary>One path with a node a call, and its packets below it; every thread has a row.</summary>
internal sealed class FineDrawing(DotDocument dot, PathSet set, CausalPath path, int index, DotOptions options)
{
    // Edges between neighbours of a row pull this much harder than others, so that rows are straight.
    private const int LaneWeight = 20;

    private readonly DotCalls _calls = new(set, path, options);
    private readonly PacketDrawing _packets = new(dot, path);
    private readonly HashSet<(string?, string)> _ordered =
        path.Edges.Where(e => e.Kind == EdgeKind.Order).Select(e => ((string?)e.From, e.To)).ToHashSet();

    /// <summary>Returns the nodes that stand at the left of the rows.</summary>
    public IReadOnlyList<string> Write()
    {
        var heads = new List<string>();
        int hostIndex = 0;
        foreach (IGrouping<string, PathEvent> host in path.Events.GroupBy(e => e.Event.Host))
        {
            dot.Open($"subgraph cluster_path{index}_host{hostIndex}");
            dot.Line(_calls.HostBox(host.Key, hostIndex));
            foreach (var thread in host.GroupBy(e => (e.Event.Pid, e.Event.Tid)))
                heads.Add(WriteLane($"{index}.{heads.Count}", thread.First().Event, thread));
            dot.Close();
            hostIndex++;
        }
        foreach (PathEdge edge in path.Edges)
        {
            string weight = edge.Kind == EdgeKind.Order ? $", weight={LaneWeight}" : "";
            dot.Line($"{Node(edge.From)} -> {Node(edge.To)} [{_calls.EdgeAttributes(edge, rows: _calls.Crossings.Rows(edge))}{weight}]");
        }
        return heads;
    }

    private string WriteLane(string lane, HostEvent first, IEnumerable<PathEvent> events)
    {
        string head = $"\"lane {lane}\"";
        dot.Line($"{head} [shape=plaintext, style=\"\", class=\"lane\", group=\"{lane}\", margin=0, " +
            $"label=<{DotText.Html(first.Program)}<BR/><FONT POINT-SIZE=\"8\" COLOR=\"#4A5568\">" +
            $"thread {first.Tid}<BR/>process {first.Pid}</FONT>>]");
        string? previous = null;
        foreach (PathEvent e in events)
        {
            WriteCall(lane, e);
            _packets.WriteBelow(e);
            // Keeps the row straight and in its order where no order edge does.
            if (!_ordered.Contains((previous, e.Id)))
                dot.Line($"{(previous is null ? head : Node(previous))} -> {Node(e.Id)} [style=invis, weight={LaneWeight}]");
            previous = e.Id;
        }
        return head;
    }

    private void WriteCall(string lane, PathEvent item)
    {
        HostEvent e = item.Event;
        string label = $"<B>{e.Operation.Name()}</B>";
        if (DotText.Target(e) is { } target)
            label += $"<BR/><FONT POINT-SIZE=\"8\">{DotText.Html(target)}</FONT>";
        if (e.Failed)
            label += $"<BR/>{DotCalls.Failure(e)}";
        label += $"<BR/><FONT POINT-SIZE=\"8\" COLOR=\"#4A5568\">{DotText.Time(e.EffectNs)}<BR/>" +
            $"{_calls.Address(e.Host)}<BR/>[{e.Tid}/{e.Pid}]</FONT>";
        dot.Line($"{Node(item.Id)} [class=\"event\", group=\"{lane}\", label=<{label}>, tooltip={DotText.Quoted(DotText.Tooltip(e))}" +
            $"{(e.Failed ? DotCalls.FailedBox : "")}]");
    }

    private string Node(string id) => DotText.Quoted($"{path.Id}/{id}");
}
