using System.Net;

namespace STrace.OpenFlow;

/// <summary>Rewrites addresses of tracked connections (<c>NXAST_NAT</c>, <c>nx_action_nat</c>). What is not said is chosen by the switch.</summary>
/// <param name="Flags">Bit 0: the source. Bit 1: the destination. Neither: as the connection was rewritten before. Bits 2..4: persistent, hash, random.</param>
/// <param name="FirstAddress">The lowest new address; null for the old one.</param>
/// <param name="LastAddress">The highest, where there are several.</param>
/// <param name="FirstPort">The lowest new port.</param>
/// <param name="LastPort">The highest, where there are several.</param>
public sealed record NiciraAddressTranslationAction(
    ushort Flags, IPAddress? FirstAddress, IPAddress? LastAddress, ushort? FirstPort, ushort? LastPort) : NiciraAction
{
    //  10    12      14              16
    // +-----+-------+---------------+-------------------------------------------- - -
    // | pad | flags | range_present | ipv4 min, max, ipv6 min, max, port min, max: those that are present, and padding
    // +-----+-------+---------------+-------------------------------------------- - -
    private const int PaddingLength = 2;
    private const int Ipv6Length = 16;

    /// <summary><c>nat</c>, <c>nat(src=10.0.0.1-10.0.0.9:1000-2000,random)</c>.</summary>
    public override string ToString()
    {
        var side = (Flags & 3) switch { 1 => "src", 2 => "dst", _ => null };
        if (side is null)
            return "nat";
        var colon = FirstAddress?.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 && FirstPort is not null;
        var addresses = Range(FirstAddress, LastAddress);
        var range = (colon ? $"[{addresses}]" : addresses) + (FirstPort is null ? "" : ":" + Range(FirstPort, LastPort));
        string[] words = ["persistent", "hash", "random"];
        return $"nat({string.Join(',', [range.Length == 0 ? side : $"{side}={range}", .. words.Where((_, bit) => (Flags & (4 << bit)) != 0)])})";
    }

    internal static NiciraAddressTranslationAction Read(ref WireReader reader)
    {
        reader.ReadPadding(PaddingLength);
        var (flags, present) = (reader.ReadUInt16(), reader.ReadUInt16());
        var first = (present & 1) != 0 ? Address(reader.Take(sizeof(uint))) : null; // NX_NAT_RANGE_IPV4_MIN
        var last = (present & 2) != 0 ? Address(reader.Take(sizeof(uint))) : null; // NX_NAT_RANGE_IPV4_MAX
        first = (present & 4) != 0 ? Address(reader.Take(Ipv6Length)) : first; // NX_NAT_RANGE_IPV6_MIN
        last = (present & 8) != 0 ? Address(reader.Take(Ipv6Length)) : last; // NX_NAT_RANGE_IPV6_MAX
        ushort? firstPort = (present & 16) != 0 ? reader.ReadUInt16() : null; // NX_NAT_RANGE_PROTO_MIN
        ushort? lastPort = (present & 32) != 0 ? reader.ReadUInt16() : null; // NX_NAT_RANGE_PROTO_MAX
        reader.ReadPadding(reader.Remaining);
        return new NiciraAddressTranslationAction(flags, first, last, firstPort, lastPort);
    }

    private static IPAddress Address(ReadOnlySpan<byte> bytes) => new(bytes);

    private static string Range(object? first, object? last) => last is null ? $"{first}" : $"{first}-{last}";
}
