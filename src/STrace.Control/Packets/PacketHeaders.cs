using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// The headers of one frame that the controller decides by. What is not there, or cut off, is zero: an ARP packet is there
/// when <see cref="Arp"/> is not null, an IPv4 header when <see cref="Ip"/> is not.
/// </summary>
internal readonly record struct PacketHeaders(
    MacAddress Destination, MacAddress Source, ushort EtherType, bool Tagged, ArpPacket? Arp, Ipv4Headers? Ip)
{
    //  0             6        12           14                          18
    // +-------------+--------+------------+--------------------------+------ - -
    // | destination | source | ether type | 802.1Q: tag, ether type  | payload
    // +-------------+--------+------------+--------------------------+------ - -
    private const int SourceOffset = 6;
    private const int EtherTypeOffset = 12;
    private const int HeaderLength = 14;
    private const int TagLength = 4;

    /// <summary>False where the frame is shorter than an Ethernet header.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out PacketHeaders headers)
    {
        headers = default;
        if (frame.Length < HeaderLength)
            return false;

        ushort etherType = BinaryPrimitives.ReadUInt16BigEndian(frame[EtherTypeOffset..]);
        var tagged = etherType == Protocols.EtherVlan && frame.Length >= HeaderLength + TagLength;
        if (tagged)
            etherType = BinaryPrimitives.ReadUInt16BigEndian(frame[(EtherTypeOffset + TagLength)..]);

        var payload = frame[(tagged ? HeaderLength + TagLength : HeaderLength)..];
        headers = new PacketHeaders(
            MacAddress.Read(frame),
            MacAddress.Read(frame[SourceOffset..]),
            etherType,
            tagged,
            etherType == Protocols.EtherArp ? ArpPacket.TryRead(payload) : null,
            etherType == Protocols.EtherIpv4 ? Ipv4Headers.TryRead(payload) : null);
        return true;
    }
}
