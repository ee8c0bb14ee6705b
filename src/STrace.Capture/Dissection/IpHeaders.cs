using System.Buffers.Binary;
using STrace.Model;

namespace STrace.Capture;

/// <summary>IPv4 (RFC 791) and IPv6 with its extension headers (RFC 8200).</summary>
internal static class IpHeaders
{
    // IPv4:
    //  0      1      2             4             6             8      9      10            12            16            20
    // +------+------+-------------+-------------+-------------+------+------+-------------+-------------+-------------+
    // |ver,hl| tos  | total length| id          |flags, offset| ttl  | proto| checksum    | source      | destination | options
    // +------+------+-------------+-------------+-------------+------+------+-------------+-------------+-------------+
    /// <summary>The first byte of nearly every IPv4 header.</summary>
    public const byte V4WithoutOptions = 0x45;

    private const int V4FixedLength = 20;
    private const int V4MoreFragments = 0x2000;
    private const int V4FragmentMask = 0x1fff;

    // IPv6:
    //  0                           4              6      7      8                  24                 40
    // +---------------------------+--------------+------+------+------------------+------------------+
    // | version, class, flow      |payload length| next | hops | source           | destination      |
    // +---------------------------+--------------+------+------+------------------+------------------+
    private const int V6FixedLength = 40;
    private const int V6FragmentMask = 0xfff8;

    // Next header values that stand for an extension header.
    private const byte HopByHop = 0;
    private const byte Routing = 43;
    private const byte Fragment = 44;
    private const byte Authentication = 51;
    private const byte DestinationOptions = 60;
    private const byte Mobility = 135;

    /// <param name="link">What the link header said; <see cref="DissectedPacket.NetworkOffset"/> is within the frame.</param>
    public static bool TryReadV4(ReadOnlySpan<byte> frame, in DissectedPacket link, out DissectedPacket packet)
    {
        packet = default;
        ReadOnlySpan<byte> ip = frame[link.NetworkOffset..];
        if (ip.Length < V4FixedLength || ip[0] >> 4 != 4)
            return false;
        int headerLength = (ip[0] & 0x0f) * 4;
        int totalLength = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        if (headerLength < V4FixedLength || ip.Length < headerLength || totalLength < headerLength)
            return false;

        int fragment = BinaryPrimitives.ReadUInt16BigEndian(ip[6..]);
        byte protocol = ip[9];
        return TransportHeaders.TryRead(frame, link with
        {
            Flow = Addresses(protocol, ip.Slice(12, 4), ip.Slice(16, 4)),
            Protocol = protocol,
            TotalLength = totalLength,
            IpId = BinaryPrimitives.ReadUInt16BigEndian(ip[4..]),
            Ttl = ip[8],
            FragmentOffset = (fragment & V4FragmentMask) * 8,
            MoreFragments = (fragment & V4MoreFragments) != 0,
            TransportOffset = link.NetworkOffset + headerLength,
        }, out packet);
    }

    /// <inheritdoc cref="TryReadV4"/>
    public static bool TryReadV6(ReadOnlySpan<byte> frame, in DissectedPacket link, out DissectedPacket packet)
    {
        packet = default;
        ReadOnlySpan<byte> ip = frame[link.NetworkOffset..];
        if (ip.Length < V6FixedLength || ip[0] >> 4 != 6)
            return false;
        int totalLength = V6FixedLength + BinaryPrimitives.ReadUInt16BigEndian(ip[4..]);

        byte next = ip[6];
        int offset = V6FixedLength;
        int fragment = 0;
        while ((fragment & V6FragmentMask) == 0
            && next is HopByHop or Routing or Fragment or Authentication or DestinationOptions or Mobility)
        {
            // Each begins with the next header's value and its own length.
            if (ip.Length < offset + 8)
                return false;
            int length = next switch
            {
                Fragment => 8,
                Authentication => (ip[offset + 1] + 2) * 4,
                _ => (ip[offset + 1] + 1) * 8,
            };
            if (next == Fragment)
                fragment = BinaryPrimitives.ReadUInt16BigEndian(ip[(offset + 2)..]);
            next = ip[offset];
            offset += length;
        }
        if (ip.Length < offset || totalLength < offset)
            return false;

        return TransportHeaders.TryRead(frame, link with
        {
            Flow = Addresses(next, ip.Slice(8, 16), ip.Slice(24, 16)),
            Protocol = next,
            TotalLength = totalLength,
            Ttl = ip[7],
            FragmentOffset = fragment & V6FragmentMask,
            MoreFragments = (fragment & 1) != 0,
            TransportOffset = link.NetworkOffset + offset,
        }, out packet);
    }

    private static FlowTuple Addresses(byte protocol, ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination) =>
        new(protocol, new Endpoint(IpAddress.FromBytes(source), 0), new Endpoint(IpAddress.FromBytes(destination), 0));
}
