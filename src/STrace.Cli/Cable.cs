using STrace.Manager;

namespace STrace.Cli;

/// <summary>A link between two switches with both its directions, in whichever one knows it.</summary>
/// <param name="Low">The end at the lower dpid, else port.</param>
/// <param name="State">Of the direction that is down; of either where both are up.</param>
/// <param name="OneWay">LLDP has come over it in one direction only.</param>
internal sealed record Cable(PortInfo Low, PortInfo High, LinkInfo State, bool OneWay)
{
    /// <summary>In the order of their ends.</summary>
    public static IEnumerable<Cable> Of(IEnumerable<LinkInfo> links) => links
        .GroupBy(link => Compare(link.From, link.To) <= 0 ? (Low: link.From, High: link.To) : (Low: link.To, High: link.From))
        .Select(both => new Cable(both.Key.Low, both.Key.High, both.MaxBy(link => link.Reason is not null)!, both.Count() == 1))
        .OrderBy(cable => cable.Low.Dpid, StringComparer.Ordinal).ThenBy(cable => cable.Low.Port);

    /// <summary>In words: up, spare, one way, or why it is down.</summary>
    public string InWords => (State.Reason is { } reason ? $"{State.State} ({reason})" : State.Floods ? State.State : $"{State.State}, spare")
        + (OneWay ? ", one way" : "");

    private static int Compare(PortInfo one, PortInfo other) =>
        string.CompareOrdinal(one.Dpid, other.Dpid) is not 0 and var order ? order : one.Port.CompareTo(other.Port);
}
