using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The entries of one switch, by what packets say.</summary>
internal sealed class NatTable
{
    private readonly Dictionary<(Ipv4Address Virtual, ushort Port), NatEntry> _byPort = [];
    private readonly Dictionary<Ipv4Address, NatEntry> _byAddress = [];
    private readonly HashSet<Ipv4Address> _virtual = [];
    private readonly HashSet<MacAddress> _virtualMacs = [];
    private readonly HashSet<Ipv4Address> _real = [];

    public NatTable(IEnumerable<NatEntry> entries)
    {
        foreach (var entry in entries)
        {
            if (entry.VirtualPort is { } port)
                _byPort.Add((entry.Virtual, port), entry);
            else
                _byAddress.Add(entry.Virtual, entry);
            _virtual.Add(entry.Virtual);
            _virtualMacs.Add(entry.VirtualMac);
            _real.Add(entry.Real);
        }
    }

    public bool IsVirtual(Ipv4Address address) => _virtual.Contains(address);

    public bool IsVirtual(MacAddress address) => _virtualMacs.Contains(address);

    public bool IsReal(Ipv4Address address) => _real.Contains(address);

    /// <summary>The entry for a packet to a virtual address, that with its port before that without; null where there is none.</summary>
    public NatEntry? Find(in Ipv4Headers packet)
    {
        var hasPort = packet.Protocol is Protocols.Tcp or Protocols.Udp;
        return hasPort && _byPort.TryGetValue((packet.Destination, packet.DestinationPort), out var entry)
            ? entry
            : _byAddress.GetValueOrDefault(packet.Destination);
    }
}
