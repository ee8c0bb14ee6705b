using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The translations that the controller's NAT makes; from <see cref="NatOptionsValidator"/>.</summary>
public sealed record NatOptions
{
    public IReadOnlyList<NatEntry> Entries { get; init; } = [];
}

/// <summary>One virtual address at one switch and the host that really serves it.</summary>
/// <param name="VirtualPort">TCP or UDP port; null for every port and protocol, and then <paramref name="RealPort"/> is null too.</param>
public sealed record NatEntry(ulong Dpid, Ipv4Address Virtual, ushort? VirtualPort, Ipv4Address Real, ushort? RealPort)
{
    // A locally administered address (bit 1 of the first byte) that spells "ST" in the next two.
    private const ulong MacPrefix = 0x02_53_54_00_00_00;
    private const uint MacSuffixMask = 0x00ff_ffff;

    /// <summary>The address that answers ARP for the virtual one: 02:53:54 and its last three bytes.</summary>
    public MacAddress VirtualMac => MacOf(Virtual);

    public static MacAddress MacOf(Ipv4Address address) => new(MacPrefix | (address.Value & MacSuffixMask));

    /// <summary><c>200.200.200.200:3332 -> 10.0.0.4:3332</c>.</summary>
    public override string ToString() => $"{Format(Virtual, VirtualPort)} -> {Format(Real, RealPort)}";

    private static string Format(Ipv4Address address, ushort? port) => port is null ? $"{address}" : $"{address}:{port}";
}
