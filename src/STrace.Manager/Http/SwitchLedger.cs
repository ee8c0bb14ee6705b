using STrace.Control;
using STrace.OpenFlow;

namespace STrace.Manager;

/// <summary>The switches that are connected, and those that were. Thread-safe.</summary>
internal sealed class SwitchLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, SwitchInfo> _gone = [];
    private readonly SwitchRegistry _switches;
    private readonly TimeProvider _time;

    public SwitchLedger(SwitchRegistry switches, TimeProvider time)
    {
        _switches = switches;
        _time = time;
        switches.SwitchUp += Up;
        switches.SwitchDown += Down;
    }

    /// <summary>In the order of their dpids.</summary>
    public IReadOnlyList<SwitchInfo> All
    {
        get
        {
            lock (_gate)
                return [.. _switches.Snapshot().Select(s => Answer(s, true, s.ConnectedSince)).Concat(_gone.Values).DistinctBy(s => s.Dpid).OrderBy(s => s.Dpid, StringComparer.Ordinal)];
        }
    }

    private void Up(Datapath datapath)
    {
        lock (_gate)
            _gone.Remove(datapath.Dpid);
    }

    private void Down(Datapath datapath)
    {
        lock (_gate)
            _gone[datapath.Dpid] = Answer(datapath.Status(), false, _time.GetUtcNow());
    }

    private static SwitchInfo Answer(SwitchStatus s, bool connected, DateTimeOffset since) => new(
        $"{s.Dpid:x16}", connected, s.Peer.ToString()!, Name(s),
        [.. s.Ports.OrderBy(p => p.Number).Select(p => new SwitchPortInfo(p.Number, p.Name, p.HardwareAddress.ToString(), IsUp(p)))],
        InventoryEndpoints.Ns(since));

    private static string Name(SwitchStatus s) => s.Description?.Datapath is { Length: > 0 } said
        ? said
        : s.Ports.FirstOrDefault(p => p.Number == PortNumber.Local)?.Name ?? "";

    private static bool IsUp(PortDescription port) => !port.Config.HasFlag(PortConfig.PortDown) && !port.State.HasFlag(PortState.LinkDown);
}
