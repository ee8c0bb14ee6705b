using System.Buffers.Binary;
using STrace.Model;

namespace STrace.Capture;

/// <summary>TCP (RFC 9293), UDP (RFC 768), ICMP and ICMPv6 (RFC 792, RFC 4443) behind an IP header.</summary>
internal static class TransportHeaders
{
    // TCP:
    //  0             2             4                           8                           12     13     14            20
    // +-------------+-------------+---------------------------+---------------------------+------+------+-------------+
    // | source port | dest. port  | sequence                  | acknowledgment            | hl   |flags | window, ... | options
    // +-------------+-------------+---------------------------+---------------------------+------+------+-------------+
    private const int TcpFixedLength = 20;

    // UDP: source port, destination port, length, checksum.
    private const int UdpLength = 8;

    // ICMP: type, code, checksum, and four bytes whose meaning depends on the type.
    private const int IcmpLength = 8;

    /// <param name="ip">What the headers before said; <see cref="DissectedPacket.TransportOffset"/> is within the frame.</param>
    public static bool TryRead(ReadOnlySpan<byte> frame, in DissectedPacket ip, out DissectedPacket packet)
    {
        packet = default;
        ReadOnlySpan<byte> bytes = frame[ip.TransportOffset..];
        int fixedLength = ip.FragmentOffset > 0 ? 0 : ip.Protocol switch
        {
            FlowTuple.Tcp => TcpFixedLength,
            FlowTuple.Udp => UdpLength,
            DissectedPacket.Icmp or DissectedPacket.IcmpV6 => IcmpLength,
            _ => 0,
        };
        if (bytes.Length < fixedLength)
            return false;

        bool isTcp = fixedLength == TcpFixedLength;
        int length = isTcp ? (bytes[12] >> 4) * 4 : fixedLength;
        int payloadOffset = ip.TransportOffset + length;
        int payloadLength = ip.NetworkOffset + ip.TotalLength - payloadOffset;
        if (length < fixedLength || payloadLength < 0)
            return false;

        packet = ip with
        {
            PayloadOffset = payloadOffset,
            PayloadLength = payloadLength,
            HeaderLength = Math.Min(payloadOffset, frame.Length),
        };
        if (isTcp)
        {
            packet = packet with
            {
                Sequence = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
                Acknowledgment = BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]),
                TcpFlags = (TcpControlBits)bytes[13],
                Window = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]),
            };
        }
        if (isTcp || (ip.Protocol == FlowTuple.Udp && fixedLength > 0)) // later fragments begin with no header
            packet = packet with { HasPorts = true, Flow = WithPorts(ip.Flow!.Value, bytes) };
        return true;
    }

    private static FlowTuple WithPorts(FlowTuple flow, ReadOnlySpan<byte> bytes) => new(
        flow.Protocol,
        flow.Source with { Port = BinaryPrimitives.ReadUInt16BigEndian(bytes) },
        flow.Destination with { Port = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) });
}
