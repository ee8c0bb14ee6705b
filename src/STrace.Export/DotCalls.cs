using STrace.Model;

namespace STrace.Export;

/// <summary>What both grains of the drawing say in the same way: hosts, edges, failures.</summary>
internal sealed class DotCalls(PathSet set, CausalPath path, DotOptions options)
{
    public const string FailedColor = "#C92A2A";
    public const string FailedBox = $", style=\"rounded,filled,dashed\", color=\"{FailedColor}\", penwidth=1.6";

    private readonly Dictionary<string, PathEvent> _events = path.Events.ToDictionary(e => e.Id);
    private readonly Dictionary<string, Rewrite> _rewrites = path.Rewrites.ToDictionary(r => r.Id);

    public Crossings Crossings { get; } = new(path);

    public PathEvent Event(string id) => _events[id];

    /// <summary>From the effect of the one call to the effect of the other.</summary>
    public long GapNs(PathEdge edge) => _events[edge.To].Event.EffectNs - _events[edge.From].Event.EffectNs;

    public EdgeStyle StyleOf(PathEdge edge) => RewriteOf(edge) is null ? EdgeStyle.Of(edge.Kind) : EdgeStyle.Rewrite;

    /// <summary>The host's own address, else its name.</summary>
    public string Address(string host) => DotText.Html(set.HostAddresses.TryGetValue(host, out IpAddress ip) ? ip.ToString() : host);

    /// <summary>Attributes of the cluster of a host.</summary>
    public string HostBox(string host, int hostIndex) =>
        $"label=<<B>{DotText.Html(host)}</B>&#160;&#160;{Address(host)}>; labeljust=l; style=\"rounded,filled\"; penwidth=0; fontsize=10; " +
        $"margin=8; fillcolor=\"{(hostIndex % 2 == 0 ? "#EEF2F7" : "#F7F3EC")}\"";

    /// <param name="label">Goes above what the edge itself has to say: HTML, may be empty.</param>
    /// <param name="rows">Go below it: rows of a table, may be empty.</param>
    public string EdgeAttributes(PathEdge edge, string label = "", string rows = "")
    {
        var lines = new List<string>();
        if (label.Length > 0)
            lines.Add(label);
        if (RewriteOf(edge) is { } rewrite)
            lines.Add(Describe(rewrite));
        if (IsSlow(edge))
            lines.Add($"<B>{DotText.Duration(GapNs(edge))}</B>");

        string words = string.Join("<BR/>", lines);
        if (rows.Length > 0)
        {
            string first = words.Length > 0 ? $"<TR><TD>{words}</TD></TR>" : "";
            words = $"<TABLE BORDER=\"0\" CELLBORDER=\"0\" CELLSPACING=\"1\" CELLPADDING=\"1\">{first}{rows}</TABLE>";
        }
        string text = words.Length == 0 ? "" : $", label=<{words}>, fontcolor=\"{StyleOf(edge).Color}\"";
        string tooltip = DotText.Quoted($"{JsonText.Kebab(edge.Kind)} by {edge.Rule}: {edge.Evidence}{Crossings.Tooltip(edge)}");
        return $"{LineAttributes(edge)}{text}, tooltip={tooltip}";
    }

    /// <summary>Attributes of the line alone.</summary>
    public string LineAttributes(PathEdge edge)
    {
        EdgeStyle style = StyleOf(edge);
        string dotted = IsSlow(edge) ? ", style=dotted" : "";
        return $"color=\"{style.Color}\", arrowhead={style.ArrowHead}, penwidth={style.Width}{dotted}";
    }

    /// <param name="count">How many calls failed; the first is told.</param>
    public static string Failure(HostEvent failed, int count = 1)
    {
        string several = count > 1 ? $"{count} failed, first {failed.Operation.Name()}: " : "";
        return $"<FONT POINT-SIZE=\"8\" COLOR=\"{FailedColor}\">{several}{DotText.Html(LinuxErrno.Describe(failed.Errno))}</FONT>";
    }

    private bool IsSlow(PathEdge edge) => GapNs(edge) > options.SlowThresholdNs;

    private Rewrite? RewriteOf(PathEdge edge) => edge.Rewrite is null ? null : _rewrites.GetValueOrDefault(edge.Rewrite);

    private string Describe(Rewrite rewrite)
    {
        string text = rewrite.Source == RewriteSource.Packets
            ? "proven by packets"
            : $"switch {SwitchText.Dpid(rewrite.Dpid)}<BR/>rule {SwitchText.Cookie(rewrite.Cookie)}";
        if (rewrite.From.Source != rewrite.To.Source)
            text += $"<BR/>{rewrite.From.Source} → {rewrite.To.Source}";
        if (rewrite.From.Destination != rewrite.To.Destination)
            text += $"<BR/>{rewrite.From.Destination}<BR/>→ {rewrite.To.Destination}";
        if (rewrite.Source != RewriteSource.Packets && path.Rewrites.Any(r => r.Source == RewriteSource.Packets && r.From == rewrite.From))
            text += "<BR/>confirmed by packets";
        return text;
    }
}
