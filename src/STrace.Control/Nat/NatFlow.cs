using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What tells one connection's packets in one direction from others; for ICMP the ports are type and code.</summary>
internal readonly record struct NatFlow(
    byte Protocol, Ipv4Address Source, ushort SourcePort, Ipv4Address Destination, ushort DestinationPort)
{
    public static NatFlow Of(in Ipv4Headers packet) =>
        new(packet.Protocol, packet.Source, packet.SourcePort, packet.Destination, packet.DestinationPort);

    public NatFlow Reversed => new(Protocol, Destination, DestinationPort, Source, SourcePort);

    public override string ToString() => $"{Source}:{SourcePort} -> {Destination}:{DestinationPort}";
}

/// <summary>Where a host is, seen from the switch.</summary>
internal readonly record struct HostLocation(ushort Port, MacAddress Mac);
