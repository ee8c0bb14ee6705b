using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The entries of one switch, by what packets say.</summary>
internal sealed class NatTable
{
    private readonly ILookup<Ipv4Address, NatEntry> _byAddress;
    private readonly HashSet<MacAddress> _virtualMacs;
    private readonly HashSet<Ipv4Address> _real;

    public NatTable(IEnumerable<NatEntry> entries)
    {
        // Entries with ports before that without.
        _byAddress = entries.OrderBy(entry => entry.Virtual.Ports is null).ToLookup(entry => entry.Virtual.Address);
        _virtualMacs = entries.Select(entry => entry.VirtualMac).ToHashSet();
        _real = entries.SelectMany(entry => entry.Reals).Select(real => real.Address).ToHashSet();
    }

    public bool IsVirtual(Ipv4Address address) => _byAddress.Contains(address);

    public bool IsVirtual(MacAddress address) => _virtualMacs.Contains(address);

    public bool IsReal(Ipv4Address address) => _real.Contains(address);

    /// <summary>The entry for a packet to a virtual address, that with its port before that without; null where there is none.</summary>
    public NatEntry? Find(in Ipv4Headers packet)
    {
        var hasPort = packet.Protocol is Protocols.Tcp or Protocols.Udp;
        foreach (var entry in _byAddress[packet.Destination])
        {
            if (entry.Virtual.Ports is not { } ports || (hasPort && ports.Contains(packet.DestinationPort)))
                return entry;
        }
        return null;
    }
}
