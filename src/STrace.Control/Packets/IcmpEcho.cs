using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Answers an ICMP echo request (RFC 792).</summary>
internal static class IcmpEcho
{
    private const int EthernetHeaderLength = 14;
    private const int IcmpChecksumOffset = 2;

    /// <summary>The reply to an untagged frame with an echo request, from whom it was sent to.</summary>
    public static byte[] Reply(ReadOnlySpan<byte> request)
    {
        var reply = request.ToArray();
        request[..MacAddress.Length].CopyTo(reply.AsSpan(MacAddress.Length));
        request.Slice(MacAddress.Length, MacAddress.Length).CopyTo(reply);

        // Swapping the addresses leaves the header's checksum as it is.
        var ip = reply.AsSpan(EthernetHeaderLength);
        var source = BinaryPrimitives.ReadUInt32BigEndian(ip[Ipv4Headers.SourceOffset..]);
        var destination = BinaryPrimitives.ReadUInt32BigEndian(ip[Ipv4Headers.DestinationOffset..]);
        BinaryPrimitives.WriteUInt32BigEndian(ip[Ipv4Headers.SourceOffset..], destination);
        BinaryPrimitives.WriteUInt32BigEndian(ip[Ipv4Headers.DestinationOffset..], source);

        // Type 8 becomes 0: the one's complement sum loses 0x0800, so its complement gains it (RFC 1624).
        var icmp = ip[Ipv4Headers.HeaderLength(ip[0])..];
        icmp[0] = Protocols.IcmpEchoReply;
        uint checksum = BinaryPrimitives.ReadUInt16BigEndian(icmp[IcmpChecksumOffset..]) + ((uint)Protocols.IcmpEchoRequest << 8);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[IcmpChecksumOffset..], (ushort)((checksum & 0xffff) + (checksum >> 16)));
        return reply;
    }
}
