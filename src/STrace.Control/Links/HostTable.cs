using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The hosts at the edge ports of one switch, connected or not. Thread-safe.</summary>
internal sealed class HostTable
{
    // A host that makes up addresses, or a load generator, must not take the memory of all.
    private const int Most = 16_384;

    private readonly Lock _gate = new();
    private readonly Dictionary<MacAddress, (ushort Port, Ipv4Address? Ip)> _hosts = [];

    /// <param name="ip">Null where the packet does not tell.</param>
    /// <returns>Whether the host was not known at this switch.</returns>
    public bool Seen(MacAddress mac, ushort port, Ipv4Address? ip)
    {
        lock (_gate)
        {
            var isNew = !_hosts.TryGetValue(mac, out var known);
            if (isNew && _hosts.Count == Most)
                return false;
            if (isNew || known.Port != port || (ip is not null && known.Ip != ip))
                _hosts[mac] = (port, ip ?? known.Ip);
            return isNew;
        }
    }

    public ushort? Find(MacAddress mac)
    {
        lock (_gate)
            return _hosts.TryGetValue(mac, out var known) ? known.Port : null;
    }

    public bool Remove(MacAddress mac)
    {
        lock (_gate)
            return _hosts.Remove(mac);
    }

    /// <summary>Forgets the hosts at ports that are told.</summary>
    /// <returns>Who they were.</returns>
    public IReadOnlyList<MacAddress> RemoveAt(Func<ushort, bool> which)
    {
        lock (_gate)
        {
            MacAddress[] gone = [.. _hosts.Where(host => which(host.Value.Port)).Select(host => host.Key)];
            foreach (var mac in gone)
                _hosts.Remove(mac);
            return gone;
        }
    }

    public IReadOnlyList<(MacAddress Mac, ushort Port, Ipv4Address? Ip)> All
    {
        get
        {
            lock (_gate)
                return [.. _hosts.Select(host => (host.Key, host.Value.Port, host.Value.Ip))];
        }
    }
}
