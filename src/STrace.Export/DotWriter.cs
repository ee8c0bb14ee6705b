using System.Text;
using STrace.Model;

namespace STrace.Export;

/// <summary>
/// Paths as a drawing for graphviz, after figure 6.3 of the dissertation: nodes are calls from left to right, edges longer than a
/// threshold are dotted, failed calls are dashed. Every thread has a row of its own in the box of its host.
/// </summary>
public static class DotWriter
{
    // From here on straight rows give way to a layout in seconds instead of minutes.
    private const int ManyNodes = 1000;

    private const string Font = "fontname=\"Helvetica,Arial,sans-serif\"";

    /// <param name="paths">Which paths of the set to draw, one below the other; null for all.</param>
    public static void Write(TextWriter output, PathSet set, IReadOnlyList<CausalPath>? paths, DotOptions options)
    {
        paths ??= set.Paths;
        var dot = new DotDocument(output);
        dot.Open($"digraph {DotText.Quoted(set.Session)}");
        // newrank: the heads of rows stand in one column although they are in different clusters.
        dot.Line($"graph [rankdir=LR, newrank=true, ranksep=0.24, nodesep=0.2, bgcolor=white, charset=\"UTF-8\", {Font}, fontsize=11,");
        dot.Line($"  fontcolor=\"#1A202C\", labelloc=t, labeljust=l, label=<{Heading(set, paths, options)}>]");
        if (paths.Sum(path => path.Events.Count + path.Packets.Count) > ManyNodes)
            dot.Line("graph [nslimit=2, nslimit1=2]");
        dot.Line($"node [shape=box, style=\"rounded,filled\", fillcolor=white, color=\"#718096\", penwidth=0.9, {Font}, fontsize=10, " +
            "margin=\"0.07,0.04\", height=0.3]");
        dot.Line($"edge [arrowsize=0.6, {Font}, fontsize=8]");
        var heads = new List<string>();
        for (int i = 0; i < paths.Count; i++)
        {
            dot.Open($"subgraph cluster_path{i}");
            dot.Line($"label=<{PathTitle(set, paths[i])}>; labeljust=l; style=rounded; color=\"#CBD5E0\"; margin=10; fontsize=11");
            if (options.Detail == DotDetail.Fine)
                heads.AddRange(new FineDrawing(dot, set, paths[i], i, options).Write());
            else
                heads.Add(new CoarseDrawing(dot, set, paths[i], i, options).Write());
            dot.Close();
        }
        if (heads.Count > 0)
        {
            // One column of heads, fanned out from a point outside of all clusters: so dot starts from the order written, the root's
            // row at the top, and leaves it only for fewer crossings.
            dot.Line($"{{rank=same; {string.Join("; ", heads)}}}");
            dot.Line("left [style=invis, shape=point, ordering=out]");
            dot.Line($"left -> {{{string.Join("; ", heads)}}} [style=invis]");
        }
        dot.Close();
    }

    private static string Heading(PathSet set, IReadOnlyList<CausalPath> paths, DotOptions options)
    {
        const string Gap = "&#160;&#160;&#160;&#160; ";
        var text = new StringBuilder("<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"3\"><TR><TD ALIGN=\"LEFT\">");
        text.Append($"<FONT POINT-SIZE=\"14\"><B>{DotText.Html(set.Session)}</B></FONT>&#160;&#160;");
        text.Append($"{paths.Count} {(paths.Count == 1 ? "path" : "paths")}, times in UTC</TD></TR><TR><TD ALIGN=\"LEFT\">");
        foreach (EdgeStyle style in EdgeStyle.All)
            text.Append($"<FONT COLOR=\"{style.Color}\"><B>━━▶</B>&#160;{style.Name}</FONT>{Gap}");
        text.Append($"┄┄▶ longer than {DotText.Duration(options.SlowThresholdNs)}{Gap}");
        if (options.Detail == DotDetail.Fine && paths.Any(path => path.Packets.Count > 0))
            text.Append($"<FONT COLOR=\"{PacketDrawing.Color}\">below a call: its packets</FONT>,&#160;" +
                $"<FONT COLOR=\"{PacketDrawing.BadColor}\">sent again or with an error</FONT>{Gap}");
        if (paths.Any(path => path.Hops.Count > 0))
            text.Append($"<FONT COLOR=\"{Crossings.Border}\">small box: switch, in▸out port, cookie and match of its rule</FONT>{Gap}");
        return text.Append($"<FONT COLOR=\"{DotCalls.FailedColor}\">dashed box: failed call</FONT></TD></TR></TABLE>").ToString();
    }

    private static string PathTitle(PathSet set, CausalPath path)
    {
        IEnumerable<string> hosts = path.Hosts.Select(
            host => set.HostAddresses.TryGetValue(host, out IpAddress ip) ? $"{host} ({ip})" : host);
        return $"<B>path {DotText.Html(path.Id)}</B>&#160;&#160; {JsonText.Kebab(path.Status)}&#160;&#160; {DotText.Duration(path.DurationNs)} from " +
            $"{DotText.Date(path.StartNs)}   {path.Events.Count} calls   {DotText.Html(string.Join(", ", hosts))}";
    }
}
