using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The translations that the controller's NAT makes; from <see cref="NatOptionsValidator"/>.</summary>
public sealed record NatOptions
{
    public IReadOnlyList<NatEntry> Entries { get; init; } = [];
}

/// <summary>TCP or UDP ports from the first to the last.</summary>
public readonly record struct PortRange(ushort First, ushort Last)
{
    public int Count => Last - First + 1;

    public bool Contains(ushort port) => First <= port && port <= Last;

    public bool Overlaps(PortRange other) => First <= other.Last && other.First <= Last;

    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}

/// <summary>An address and its ports; null for every port and protocol.</summary>
public readonly record struct NatEnd(Ipv4Address Address, PortRange? Ports)
{
    public override string ToString() => Ports is null ? $"{Address}" : $"{Address}:{Ports}";
}

/// <summary>One virtual address at one switch and the hosts that really serve it, each connection one of them, in turn.</summary>
/// <param name="Reals">At least one, all different; each with as many ports as <paramref name="Virtual"/>, or none like it.</param>
public sealed record NatEntry(ulong Dpid, NatEnd Virtual, IReadOnlyList<NatEnd> Reals)
{
    // A locally administered address (bit 1 of the first byte) that spells "ST" in the next two.
    private const ulong MacPrefix = 0x02_53_54_00_00_00;
    private const uint MacSuffixMask = 0x00ff_ffff;

    /// <summary>The address that answers ARP for the virtual one: 02:53:54 and its last three bytes.</summary>
    public MacAddress VirtualMac => MacOf(Virtual.Address);

    public static MacAddress MacOf(Ipv4Address address) => new(MacPrefix | (address.Value & MacSuffixMask));

    /// <summary>The port of a real host that stands for the virtual one.</summary>
    public ushort RealPort(NatEnd real, ushort virtualPort) =>
        real.Ports is { } to && Virtual.Ports is { } from ? (ushort)(to.First + (virtualPort - from.First)) : virtualPort;

    /// <summary><c>200.200.200.200:3332 -> 10.0.0.4:3332, 10.0.0.5:3332</c>.</summary>
    public override string ToString() => $"{Virtual} -> {string.Join(", ", Reals)}";
}
