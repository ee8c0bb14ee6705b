using System.Buffers.Binary;
using STrace.Model;

namespace STrace.Capture.Tests.Dissection;

/// <summary>Builds frames from the inside out. Checksums are 0: nobody here looks at them.</summary>
internal static class Frames
{
    public const ulong Source = 0x02_00_00_00_00_01;
    public const ulong Destination = 0x02_00_00_00_00_02;

    public static readonly FlowTuple Flow = new(FlowTuple.Tcp, Endpoint.Parse("10.0.0.1:40000"), Endpoint.Parse("10.0.0.2:80"));
    public static readonly FlowTuple Flow6 = new(FlowTuple.Tcp, Endpoint.Parse("[fd00::1]:40000"), Endpoint.Parse("[fd00::2]:80"));

    public static byte[] Ethernet(ushort type, byte[] payload, params ushort[] vlanTypes) =>
    [
        2, 0, 0, 0, 0, 2,
        2, 0, 0, 0, 0, 1,
        .. vlanTypes.SelectMany(vlan => (byte[])[.. U16(vlan), 0, 42]),
        .. U16(type),
        .. payload,
    ];

    public static byte[] Sll(ushort type, byte[] payload) => [0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, .. U16(type), .. payload];

    public static byte[] Sll2(ushort type, byte[] payload) =>
        [.. U16(type), 0, 0, 0, 0, 0, 7, 0, 1, 4, 6, 2, 0, 0, 0, 0, 1, 0, 0, .. payload];

    /// <param name="fragment">Flags and offset, as in the header.</param>
    public static byte[] V4(byte protocol, byte[] payload, int optionsLength = 0, ushort fragment = 0) =>
    [
        (byte)(0x45 + (optionsLength / 4)), 0, .. U16(20 + optionsLength + payload.Length),
        0x12, 0x34, .. U16(fragment),
        64, protocol, 0, 0,
        10, 0, 0, 1,
        10, 0, 0, 2,
        .. new byte[optionsLength],
        .. payload,
    ];

    public static byte[] V6(byte nextHeader, byte[] payload) =>
    [
        0x60, 0, 0, 0, .. U16(payload.Length), nextHeader, 63,
        0xfd, .. new byte[14], 1,
        0xfd, .. new byte[14], 2,
        .. payload,
    ];

    public static byte[] Tcp(TcpControlBits flags, byte[] data, int optionsLength = 0) =>
    [
        .. U16(40000), .. U16(80),
        1, 2, 3, 4,
        5, 6, 7, 8,
        (byte)((20 + optionsLength) / 4 << 4), (byte)flags, 0x20, 0x00, 0, 0, 0, 0,
        .. new byte[optionsLength],
        .. data,
    ];

    public static byte[] Udp(byte[] data) => [.. U16(40000), .. U16(80), .. U16(8 + data.Length), 0, 0, .. data];

    public static byte[] TcpFrame(TcpControlBits flags, byte[] data, int optionsLength = 0) =>
        Ethernet(DissectedPacket.EtherTypeIPv4, V4(FlowTuple.Tcp, Tcp(flags, data, optionsLength)));

    public static byte[] UdpFrame(int dataLength) =>
        Ethernet(DissectedPacket.EtherTypeIPv4, V4(FlowTuple.Udp, Udp([.. Enumerable.Range(0, dataLength).Select(i => (byte)i)])));

    private static byte[] U16(int value)
    {
        byte[] bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)value);
        return bytes;
    }
}
