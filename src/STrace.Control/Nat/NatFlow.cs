using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What tells one translated connection from the others: its packets' addresses on the way to the virtual address.</summary>
internal readonly record struct NatFlow(
    byte Protocol, Ipv4Address Client, ushort ClientPort, Ipv4Address Virtual, ushort VirtualPort)
{
    public static NatFlow Of(in Ipv4Headers packet) =>
        new(packet.Protocol, packet.Source, packet.SourcePort, packet.Destination, packet.DestinationPort);

    public override string ToString() => $"{Client}:{ClientPort} -> {Virtual}:{VirtualPort}";
}

/// <summary>Where a host is, seen from the switch.</summary>
internal readonly record struct HostLocation(ushort Port, MacAddress Mac);
