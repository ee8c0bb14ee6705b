using System.Globalization;
using STrace.Model;

namespace STrace.Export;

/// <summary>The switches that the messages of a path crossed, as its drawing tells them.</summary>
internal sealed class Crossings(CausalPath path)
{
    /// <summary>Look of the box of a switch.</summary>
    public const string Border = "#B08900", Fill = "#FFF9DB";

    private const string Small = "<FONT POINT-SIZE=\"7\" COLOR=\"#4A5568\">";

    private readonly ILookup<string, NetworkHop> _hops = path.Hops.ToLookup(hop => hop.Edge, hop => hop.Hop);
    private readonly HashSet<string> _told = [];

    /// <summary>In the order in which the message of the edge crossed them.</summary>
    public IReadOnlyList<NetworkHop> Of(PathEdge edge) => [.. _hops[edge.Id]];

    /// <summary>What a label has of an edge: rows of a table, a box a switch; where another edge told the same already, one line.</summary>
    public string Rows(PathEdge edge)
    {
        IReadOnlyList<NetworkHop> hops = Of(edge);
        if (hops.Count == 0)
            return "";
        if (!_told.Add(string.Join('|', hops.Select(hop => $"{Ports(hop)} {hop.Rule?.Cookie} {hop.Rule?.Match}"))))
            return Row(Line(hops));
        return string.Concat(hops.Select(hop =>
            $"<TR><TD BORDER=\"1\" STYLE=\"ROUNDED\" COLOR=\"{Border}\" BGCOLOR=\"{Fill}\">{Box(hop, edge.Rewrite is not null)}</TD></TR>"));
    }

    /// <summary><c>of-sw1:2▸12 of-sw2:11▸1 NAT</c>.</summary>
    public static string Line(IEnumerable<NetworkHop> hops) =>
        string.Join(' ', hops.Select(hop => $"{DotText.Html(hop.Switch)}:{Ports(hop)}{(Changes(hop) ? " NAT" : "")}"));

    /// <param name="changeIsTold">Whether what the switch changed stands beside the box.</param>
    public static string Box(NetworkHop hop, bool changeIsTold)
    {
        string text = $"<B>{DotText.Html(hop.Switch)}</B>&#160;{Ports(hop)}<BR/>{Small}{Forwarder(hop)}</FONT>";
        if (!Changes(hop) || changeIsTold)
            return text;
        bool source = hop.From.Source != hop.To.Source;
        (Endpoint from, Endpoint to) = source ? (hop.From.Source, hop.To.Source) : (hop.From.Destination, hop.To.Destination);
        return $"{text}<BR/><FONT POINT-SIZE=\"7\" COLOR=\"{EdgeStyle.Rewrite.Color}\">{(source ? "from" : "to")} {from}<BR/>→ {to}</FONT>";
    }

    /// <summary>What there is no room for, a line a switch.</summary>
    public string Tooltip(PathEdge edge) => string.Concat(
        Of(edge).Select(hop =>
            $"\n{hop.Switch} {Ports(hop)}: " + (hop.Rule is { } rule
                ? $"rule {SwitchText.Cookie(rule.Cookie)}, priority {rule.Priority}, {rule.Match} actions={rule.Actions}"
                : hop.ViaController ? "the controller" : "no rule is known") +
            (hop.Doubt is null ? "" : $" ({hop.Doubt})")))
        + (edge.UnknownWay is null ? "" : $"\nthen: {edge.UnknownWay}");

    private static bool Changes(NetworkHop hop) => hop.From != hop.To;

    private static string Ports(NetworkHop hop) => $"{hop.InPort}▸{(hop.OutPort is { } port ? port.ToString(CultureInfo.InvariantCulture) : "?")}";

    private static string Forwarder(NetworkHop hop) =>
        hop.Rule is { } rule ? $"{SwitchText.Cookie(rule.Cookie)}{(hop.ViaController ? ", new" : "")}<BR/>{DotText.Html(Match(rule))}"
        : hop.ViaController ? "by the controller"
        : "no rule is known";

    /// <summary>The addresses of a match: those of IP if it has any, else the last bytes of those of Ethernet.</summary>
    private static string Match(FlowRule rule)
    {
        FlowMatch match = rule.Fields;
        if (match.Source is not null || match.Destination is not null)
            return $"{End(match.Source, match.SourcePort)} → {End(match.Destination, match.DestinationPort)}";
        return match.DlSrc is null && match.DlDst is null ? rule.Match : $"{Mac(match.DlSrc)} → {Mac(match.DlDst)}";
    }

    private static string End(IpPrefix? prefix, ushort? port)
    {
        string address = prefix is { } known ? known.Address + (known.Length < (known.Address.IsV4 ? 32 : 128) ? $"/{known.Length}" : "") : "*";
        return port is null ? address : $"{address}:{port}";
    }

    private static string Mac(ulong? address) => address is { } mac ? $"…{(byte)(mac >> 8):x2}:{(byte)mac:x2}" : "*";

    private static string Row(string text) => $"<TR><TD>{Small}{text}</FONT></TD></TR>";
}
