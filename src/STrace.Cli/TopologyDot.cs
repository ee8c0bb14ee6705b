using System.Text;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>
/// The network as a graph for graphviz: a link is one line for both its directions, red when it is down, dashed when it is beside the
/// spanning tree; a switch that is gone is red.
/// </summary>
internal static class TopologyDot
{
    public static string Write(TopologyInfo topology)
    {
        var dot = new StringBuilder("graph topology {\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n");
        foreach (SwitchInfo s in topology.Switches)
        {
            dot.Append($"  {Quoted(s.Dpid)} [shape=box, label={Quoted(s.Description is "" ? s.Dpid : $"{s.Description}\n{s.Dpid}")}");
            dot.Append(s.Connected ? "];\n" : $", color=red, tooltip={Quoted($"gone since {TextForm.Time(s.SinceNs)}")}];\n");
        }
        foreach (LinkInfo link in topology.Links.DistinctBy(Cable))
        {
            Edge(dot, link.From.Dpid, link.To.Dpid, $"taillabel={Quoted($"{link.From.Port}")}, headlabel={Quoted($"{link.To.Port}")}" + (
                link.Reason is { } reason ? $", color=red, style=dotted, label={Quoted($"{reason} since {TextForm.Time(link.SinceNs)}")}"
                : link.Floods ? "" : ", style=dashed"));
        }
        foreach (LocatedHost host in topology.Hosts)
        {
            string node = $"{host.Mac} {host.Dpid}";
            dot.Append($"  {Quoted(node)} [shape=ellipse, label={Quoted(string.Join('\n', new[] { host.Host, host.Ip, host.Mac }.OfType<string>()))}];\n");
            Edge(dot, node, host.Dpid, $"headlabel={Quoted($"{host.Port}")}");
        }
        foreach (DatastoreInfo datastore in topology.Datastores)
        {
            string node = $"datastore {datastore.Name}";
            dot.Append($"  {Quoted(node)} [shape=cylinder, label={Quoted(datastore.Name)}{(datastore.Connected ? "" : ", color=red")}];\n");
            foreach (DatastorePortInfo port in datastore.Ports)
                Edge(dot, node, port.Dpid, $"headlabel={Quoted($"{port.Port}")}");
        }
        return dot.Append("}\n").ToString();
    }

    private static (string, int, string, int) Cable(LinkInfo link) =>
        (link.From.Dpid, link.From.Port, link.To.Dpid, link.To.Port) is var way && (way.Item1, way.Item2).CompareTo((way.Item3, way.Item4)) <= 0
            ? way : (way.Item3, way.Item4, way.Item1, way.Item2);

    private static void Edge(StringBuilder dot, string from, string to, string attributes) =>
        dot.Append($"  {Quoted(from)} -- {Quoted(to)} [{attributes}];\n");

    private static string Quoted(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
