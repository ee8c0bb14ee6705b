using System.Buffers.Binary;
using System.Net;

namespace STrace.OpenFlow;

/// <summary>An IP packet and what it carries, as tcpdump writes it: who to whom, flags, lengths.</summary>
internal static class IpText
{
    private const int Header4Length = 20;
    private const int Header6Length = 40;
    private const int FragmentBits = 0x1fff;
    private const byte Icmp = 1;
    private const byte Tcp = 6;
    private const byte Udp = 17;
    private const byte Icmp6 = 58;
    private const int TcpHeaderLength = 20;
    private const int UdpHeaderLength = 8;
    private const int IcmpHeaderLength = 8;

    public static Ipv4Address Address4(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt32BigEndian(bytes));

    public static string OfVersion4(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < Header4Length)
            return "[|ip]";
        var headerLength = (packet[0] & 0xf) * 4;
        var length = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        if (headerLength < Header4Length || length < headerLength || packet.Length < headerLength)
            return "[|ip]";
        var fragment = (BinaryPrimitives.ReadUInt16BigEndian(packet[6..]) & FragmentBits) * 8;
        var (from, to) = ($"{Address4(packet[12..])}", $"{Address4(packet[16..])}");
        return fragment == 0
            ? Transport(packet[9], from, to, packet[headerLength..], length - headerLength)
            : $"{from} > {to}: ip-proto-{packet[9]}, fragment at {fragment}, length {length - headerLength}";
    }

    public static string OfVersion6(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < Header6Length)
            return "[|ip6]";
        var (from, to) = (new IPAddress(packet[8..24]), new IPAddress(packet[24..40]));
        return Transport(packet[6], $"{from}", $"{to}", packet[Header6Length..], BinaryPrimitives.ReadUInt16BigEndian(packet[4..]));
    }

    /// <param name="protocol">What the IP header says follows.</param>
    /// <param name="from">The sender's address.</param>
    /// <param name="to">The receiver's address.</param>
    /// <param name="bytes">What is there of it; may be cut off.</param>
    /// <param name="length">How long it is, as the IP header says.</param>
    private static string Transport(byte protocol, string from, string to, ReadOnlySpan<byte> bytes, int length) => protocol switch
    {
        Tcp => TcpText(from, to, bytes, length),
        Udp when bytes.Length < UdpHeaderLength => $"{from} > {to}: [|udp]",
        Udp => $"{Ports(from, to, bytes)}: UDP, length {Math.Max(0, BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]) - UdpHeaderLength)}",
        Icmp when bytes.Length < IcmpHeaderLength => $"{from} > {to}: [|icmp]",
        Icmp => $"{from} > {to}: ICMP {IcmpText(bytes)}, length {length}",
        Icmp6 when bytes.Length > 0 => $"{from} > {to}: ICMP6, type {bytes[0]}, length {length}",
        _ => $"{from} > {to}: ip-proto-{protocol}, length {length}",
    };

    private static string Ports(string from, string to, ReadOnlySpan<byte> bytes) =>
        $"{from}.{BinaryPrimitives.ReadUInt16BigEndian(bytes)} > {to}.{BinaryPrimitives.ReadUInt16BigEndian(bytes[2..])}";

    private static string TcpText(string from, string to, ReadOnlySpan<byte> bytes, int length)
    {
        if (bytes.Length < TcpHeaderLength || bytes[12] >> 4 < 5)
            return $"{from} > {to}: [|tcp]";
        const int ack = 0x10, urgent = 0x20, synFinReset = 7;
        int flags = bytes[13];
        var payload = length - (bytes[12] >> 4) * 4;
        var sequence = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var text = $"{Ports(from, to, bytes)}: Flags [{TcpFlags(flags)}]";
        if (payload > 0)
            text += $", seq {sequence}:{(uint)(sequence + payload)}";
        else if ((flags & synFinReset) != 0)
            text += $", seq {sequence}";
        if ((flags & ack) != 0)
            text += $", ack {BinaryPrimitives.ReadUInt32BigEndian(bytes[8..])}";
        text += $", win {BinaryPrimitives.ReadUInt16BigEndian(bytes[14..])}";
        if ((flags & urgent) != 0)
            text += $", urg {BinaryPrimitives.ReadUInt16BigEndian(bytes[18..])}";
        return $"{text}, length {Math.Max(0, payload)}";
    }

    private static string TcpFlags(int flags)
    {
        const string letters = "FSRP.UEW";
        var set = string.Concat(letters.Where((_, bit) => (flags >> bit & 1) != 0));
        return set.Length == 0 ? "none" : set;
    }

    private static string IcmpText(ReadOnlySpan<byte> bytes) => (bytes[0], bytes[1]) switch
    {
        (0, _) => $"echo reply, {Echo(bytes)}",
        (8, _) => $"echo request, {Echo(bytes)}",
        (3, 0) => "net unreachable",
        (3, 1) => "host unreachable",
        (3, 3) => "port unreachable",
        (11, _) => "time exceeded",
        var (type, code) => $"type {type}, code {code}",
    };

    private static string Echo(ReadOnlySpan<byte> bytes) =>
        $"id {BinaryPrimitives.ReadUInt16BigEndian(bytes[4..])}, seq {BinaryPrimitives.ReadUInt16BigEndian(bytes[6..])}";
}
