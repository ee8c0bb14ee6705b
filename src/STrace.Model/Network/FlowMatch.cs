namespace STrace.Model;

/// <summary>Which packets a rule takes; a null field takes any value. A field that the switch ignores is null.</summary>
/// <param name="InPort">Where the packet entered the switch.</param>
/// <param name="DlSrc">Ethernet source: 48 bits, the first byte on the wire highest.</param>
/// <param name="DlDst">Ethernet destination.</param>
/// <param name="Vlan">VLAN id, or <see cref="PacketFields.Untagged"/>.</param>
/// <param name="Tos">IP type of service, its upper six bits.</param>
/// <param name="SourcePort">TCP or UDP port, or the ICMP type.</param>
/// <param name="DestinationPort">TCP or UDP port, or the ICMP code.</param>
public sealed record FlowMatch(
    uint? InPort = null, ulong? DlSrc = null, ulong? DlDst = null, ushort? Vlan = null, byte? VlanPriority = null, ushort? DlType = null,
    byte? Tos = null, byte? Protocol = null, IpPrefix? Source = null, IpPrefix? Destination = null, ushort? SourcePort = null,
    ushort? DestinationPort = null);
