using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Which ports of a switch carry packets now. Immutable.</summary>
/// <param name="Open">Ports to hosts, and the links of the spanning tree.</param>
/// <param name="Links">Ports to other switches, open or not.</param>
/// <param name="OnProbation">Ports that came up, and may yet turn out to be links.</param>
/// <param name="IsWhole">Nothing is kept back: every port that is up is open.</param>
internal sealed record PortView(IReadOnlySet<ushort> Open, IReadOnlySet<ushort> Links, IReadOnlySet<ushort> OnProbation, bool IsWhole)
{
    private static readonly OpenFlowAction[] FloodAll = [new OutputAction(PortNumber.Flood)];

    private readonly OutputAction[] _outputs = [.. Open.Order().Select(port => new OutputAction(port))];

    public static readonly PortView Nothing = new(new HashSet<ushort>(), new HashSet<ushort>(), new HashSet<ushort>(), IsWhole: false);

    /// <summary>
    /// What floods a packet that came in at a port. Where something is kept back the ports are named one by one, so that the record, and a
    /// replay of it, need not know more.
    /// </summary>
    /// <param name="inPort"><see cref="PortNumber.None"/> for a packet of the controller's own.</param>
    /// <param name="datastore">Gets no floods; null where there is none.</param>
    public IReadOnlyList<OpenFlowAction> Flood(ushort inPort, ushort? datastore) =>
        IsWhole ? FloodAll : [.. _outputs.Where(output => output.Port != inPort && output.Port != datastore)];
}
