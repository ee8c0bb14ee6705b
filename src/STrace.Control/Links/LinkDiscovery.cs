using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Finds the links between switches by LLDP frames that the switches send for it and report to it, and, on the ports that are no links, the
/// hosts; and keeps the network free of loops. A port that comes up carries nothing until LLDP had the time to tell whether it
/// is a link; links beside the spanning tree carry nothing at all, and packets that come in by them go no further.
/// </summary>
internal sealed class LinkDiscovery : IControlApplication, ITopology
{
    /// <summary>Time for LLDP to be sent, sent again, and reported, also by a machine that is busy.</summary>
    public static readonly TimeSpan DefaultProbation = TimeSpan.FromSeconds(1);

    /// <summary>How often LLDP is sent on every port.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan SilentAfter = 4 * Period;

    private readonly Lock _gate = new();
    private readonly List<PortWatch> _switches = []; // one a dpid, the newest
    private readonly Dictionary<ulong, HostTable> _hosts = [];
    private readonly LinkTable _links;
    private HashSet<SwitchPort> _linkPorts = [];
    private SpanningTree _tree = SpanningTree.Empty;

    public LinkDiscovery(DatastorePorts datastores, Switchboard switchboard, TimeSpan probation, TimeProvider time)
    {
        _links = new LinkTable(time);
        Datastores = datastores;
        Switchboard = switchboard;
        Probation = probation;
        Time = time;
    }

    public DatastorePorts Datastores { get; }

    public Switchboard Switchboard { get; }

    public TimeSpan Probation { get; }

    public TimeProvider Time { get; }

    public ISwitchApplication SwitchUp(Datapath datapath)
    {
        PortWatch watch;
        lock (_gate)
        {
            if (!_hosts.TryGetValue(datapath.Dpid, out var hosts))
                _hosts[datapath.Dpid] = hosts = new HostTable();
            watch = new PortWatch(this, datapath, hosts);
            _switches.RemoveAll(earlier => earlier.Dpid == datapath.Dpid);
            _switches.Add(watch);
            _links.Lose(link => link.From.Dpid == datapath.Dpid || link.To.Dpid == datapath.Dpid, LinkLoss.SwitchGone); // to be found again
        }
        watch.Start();
        return watch;
    }

    /// <summary>What this application knows of the ports of a connection, for those that come after it.</summary>
    public PortWatch PortsOf(Datapath datapath)
    {
        lock (_gate)
            return _switches.Find(watch => watch.Datapath == datapath) ?? new PortWatch(this, datapath, _hosts[datapath.Dpid]);
    }

    public TopologySnapshot Snapshot()
    {
        lock (_gate)
        {
            var links = _links.All.Select(link => link with { Floods = _tree.Cables.Contains(link.Cable) }).ToLookup(link => link.Loss is null);
            var inside = LinkPorts();
            var hosts = _hosts
                .SelectMany(table => table.Value.All.Select(host => new EdgeHost(host.Mac, new SwitchPort(table.Key, host.Port), host.Ip)))
                .Where(host => !inside.Contains(host.At))
                .OrderBy(host => host.Address.Value).ThenBy(host => host.At);
            return new TopologySnapshot([.. links[true]], [.. links[false]], [.. hosts]);
        }
    }

    public async Task DiscoverAsync(CancellationToken cancellationToken)
    {
        PortWatch[] switches;
        HashSet<SwitchPort> inside;
        lock (_gate)
        {
            switches = [.. _switches];
            inside = LinkPorts();
        }
        foreach (var watch in switches)
        {
            watch.Announce();
            watch.AskHosts(inside);
        }

        // After the first round the frames have left; what they caused at their receivers comes before the second's answers.
        await Task.WhenAll(switches.Select(watch => watch.BarrierAsync(cancellationToken)));
        await Task.WhenAll(switches.Select(watch => watch.BarrierAsync(cancellationToken)));
    }

    /// <summary>LLDP has come over a link.</summary>
    public void Seen(SwitchPort from, SwitchPort to) => Change(() =>
    {
        // The last LLDP of a switch that has gone may come behind its end.
        var isGone = _hosts.ContainsKey(from.Dpid) && !IsConnected(from.Dpid);
        return !isGone && _links.Seen(from, to);
    });

    /// <summary>A port no longer carries packets.</summary>
    public void PortDown(SwitchPort port) => Change(() =>
    {
        _links.Lose(link => link.From == port || link.To == port, LinkLoss.PortDown);
        return true;
    });

    /// <summary>Changes what is known of a connection's ports, if it is the newest of its switch.</summary>
    /// <param name="settled">Ports that LLDP had the time to tell of: what was known there before and was not found again is over.</param>
    public void Change(PortWatch watch, IReadOnlyCollection<ushort> settled, Func<bool> change) => Change(() =>
    {
        if (!_switches.Contains(watch))
            return false;
        var changed = change();
        foreach (var port in settled.Select(number => new SwitchPort(watch.Dpid, number)))
            changed |= _links.Lose(link => link.Loss is not null && (link.From == port || link.To == port), LinkLoss.PortDown);
        return changed;
    }, watch);

    /// <summary>Links over which nothing came for long are not relied on any more.</summary>
    public void Expire(ulong dpid)
    {
        var oldest = Time.GetUtcNow() - SilentAfter;
        Change(() => _links.Lose(link => link.Loss is null && link.To.Dpid == dpid && link.LastSeen < oldest, LinkLoss.Silent));
    }

    public void SwitchDown(PortWatch watch) => Change(() =>
    {
        if (!_switches.Remove(watch))
            return false;
        _links.Lose(link => link.From.Dpid == watch.Dpid || link.To.Dpid == watch.Dpid, LinkLoss.SwitchGone);
        return true;
    });

    /// <summary>
    /// A host was seen at a switch that did not know it: where it was seen before it is no more. The same address in a part of the network
    /// that is not joined with this one is another host.
    /// </summary>
    public void HostArrived(ulong dpid, MacAddress host)
    {
        lock (_gate)
        {
            var moved = false;
            foreach (var (other, _) in _tree.From(dpid))
                moved |= _hosts.TryGetValue(other, out var hosts) && hosts.Remove(host);
            if (moved)
                Switchboard.Post(other => other != dpid, application => application.HostMoved(host));
        }
    }

    /// <summary>The port by which a host is reached from a switch; null where that is not known.</summary>
    public ushort? PortTo(ulong dpid, MacAddress host)
    {
        lock (_gate)
        {
            if (_hosts.GetValueOrDefault(dpid)?.Find(host) is { } own)
                return own;
            foreach (var (other, by) in _tree.From(dpid))
            {
                if (_hosts.GetValueOrDefault(other)?.Find(host) is not null)
                    return by;
            }
            return null;
        }
    }

    private bool IsConnected(ulong dpid) => _switches.Exists(watch => watch.Dpid == dpid);

    private HashSet<SwitchPort> LinkPorts() =>
        _links.Standing.SelectMany(link => (SwitchPort[])[link.From, link.To]).ToHashSet();

    /// <summary>Does what follows from a change of the links or ports; packets that went a way that is closed now must find another.</summary>
    /// <param name="own">Whose ports may have changed; while the links stay as they are, the other switches need not look.</param>
    private void Change(Func<bool> change, PortWatch? own = null)
    {
        lock (_gate)
        {
            if (!change())
                return;
            var (before, linkPorts) = (_tree, _linkPorts);
            _tree = SpanningTree.Of(_links.Standing, before, IsConnected);
            _linkPorts = LinkPorts();
            var isClosed = !before.Cables.IsSubsetOf(_tree.Cables);
            var isSame = _linkPorts.SetEquals(linkPorts) && _tree.Cables.SetEquals(before.Cables);
            foreach (var watch in isSame ? _switches.Where(watch => watch == own) : _switches)
                isClosed |= watch.Update(_linkPorts, _tree);
            if (isClosed)
                Switchboard.PostReroute();
        }
    }
}
