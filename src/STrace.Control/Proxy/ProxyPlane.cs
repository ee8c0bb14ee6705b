using Microsoft.Extensions.Logging;

namespace STrace.Control;

/// <summary>
/// Puts other controllers behind the switches: each switch is connected to each of them, and what one says goes to the other as the bytes
/// that came. Links and hosts are found as by the built-in controller, by messages that the others do not see.
/// </summary>
public sealed class ProxyPlane : INetworkControl
{
    private readonly ProxyServices _services;
    private readonly LinkDiscovery _discovery;
    private readonly DatastoreKeeper _keeper;
    private readonly HashSet<ProxySwitch> _switches = [];

    /// <param name="upstreams">At least one.</param>
    /// <param name="datastores">The same as the listener's.</param>
    /// <param name="tls">For upstreams with TLS; null where there are none.</param>
    public ProxyPlane(
        IReadOnlyList<UpstreamAddress> upstreams,
        ControlOptions options,
        DatastorePorts datastores,
        TlsIdentity? tls,
        TimeProvider time,
        ILogger<ProxyPlane> logger)
    {
        _services = new ProxyServices(upstreams, options, datastores, tls, time, logger);
        _discovery = new LinkDiscovery(datastores, new Switchboard(), probation: TimeSpan.Zero, time); // it closes no ports here
        _keeper = new DatastoreKeeper(datastores);
    }

    public ITopology Topology => _discovery;

    public ISwitchHandler SwitchUp(Datapath datapath)
    {
        var proxied = new ProxySwitch(datapath, [_keeper.SwitchUp(datapath), _discovery.SwitchUp(datapath)], _services, Forget);
        lock (_switches)
            _switches.Add(proxied);
        proxied.Start();
        return proxied;
    }

    /// <summary>The upstreams' rules stay, counters and timeouts with them; only their mirror comes and goes.</summary>
    /// <inheritdoc/>
    public Task RenewFlowsAsync(IEnumerable<ulong> dpids, CancellationToken cancellationToken)
    {
        var wanted = dpids.ToHashSet();
        List<ProxySwitch> switches;
        lock (_switches)
            switches = [.. _switches.Where(proxied => wanted.Contains(proxied.Datapath.Dpid))];
        return Task.WhenAll(switches.Select(proxied => proxied.RenewFlowsAsync(cancellationToken)));
    }

    private void Forget(ProxySwitch proxied)
    {
        lock (_switches)
            _switches.Remove(proxied);
    }
}
