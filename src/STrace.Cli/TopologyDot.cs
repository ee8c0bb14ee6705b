using System.Text;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>
/// The network as a graph for graphviz: a link is one line for both its directions, red when it is down, dashed when it is beside the
/// spanning tree; a switch that is gone is red, one of which only others told is grey.
/// </summary>
internal static class TopologyDot
{
    private const int UntilSeconds = 19; // yyyy-MM-dd HH:mm:ss

    public static string Write(TopologyInfo topology)
    {
        var dot = new StringBuilder("graph topology {\n  rankdir=LR;\n  nodesep=0.1;\n  ranksep=1.2;\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10, labeldistance=1.5];\n");
        foreach (SwitchInfo s in topology.Switches)
        {
            Node(dot, s.Dpid, "box", s.Connected ? "" : ", color=red, fontcolor=red",
                s.Description, s.Dpid, s.Connected ? "" : $"gone since {Time(s.SinceNs)}");
        }
        foreach (string dpid in Mentioned(topology).Except(topology.Switches.Select(s => s.Dpid)).Order(StringComparer.Ordinal))
            Node(dot, dpid, "box", ", color=gray, fontcolor=gray", dpid, "never connected");
        foreach (Cable cable in Cable.Of(topology.Links))
        {
            string style = cable.State.Reason is not null ? ", color=red, fontcolor=red, style=dotted" : cable.State.Floods ? "" : ", style=dashed";
            string label = cable.InWords is "up" ? "" : cable.InWords + (cable.State.Reason is null ? "" : $"\nsince {Time(cable.State.SinceNs)}");
            Edge(dot, cable.Low.Dpid, cable.High.Dpid,
                $"taillabel={Quoted($"{cable.Low.Port}")}, headlabel={Quoted($"{cable.High.Port}")}{style}{(label is "" ? "" : $", label={Quoted(label)}")}");
        }
        foreach (LocatedHost host in topology.Hosts)
        {
            string node = $"{host.Mac} {host.Dpid}";
            Node(dot, node, "ellipse", "", host.Host ?? "", host.Ip ?? "", host.Mac);
            Edge(dot, host.Dpid, node, $"taillabel={Quoted($"{host.Port}")}");
        }
        foreach (DatastoreInfo datastore in topology.Datastores)
        {
            string node = $"datastore {datastore.Name}";
            Node(dot, node, "cylinder", datastore.Connected ? "" : ", color=red, fontcolor=red", datastore.Name, datastore.Connected ? "" : "gone");
            foreach (DatastorePortInfo port in datastore.Ports)
                Edge(dot, port.Dpid, node, $"taillabel={Quoted($"{port.Port}")}");
        }
        return dot.Append("}\n").ToString();
    }

    private static IEnumerable<string> Mentioned(TopologyInfo topology) =>
        topology.Links.SelectMany(l => new[] { l.From.Dpid, l.To.Dpid })
            .Concat(topology.Hosts.Select(h => h.Dpid))
            .Concat(topology.Datastores.SelectMany(d => d.Ports.Select(p => p.Dpid)));

    private static string Time(string ns) => $"{TextForm.Time(ns)[..UntilSeconds]} UTC";

    private static void Node(StringBuilder dot, string node, string shape, string style, params string[] lines) =>
        dot.Append($"  {Quoted(node)} [shape={shape}, label={Quoted(string.Join('\n', lines.Where(line => line is not "")))}{style}];\n");

    private static void Edge(StringBuilder dot, string from, string to, string attributes) =>
        dot.Append($"  {Quoted(from)} -- {Quoted(to)} [{attributes}];\n");

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
