using STrace.Model;

namespace STrace.Capture.Tests.Dissection;

public sealed class PacketDissectorMutationTests
{
    private const int FrameCount = 200_000;

    private static readonly LinkType[] LinkTypes = [LinkType.Ethernet, LinkType.LinuxSll, LinkType.LinuxSll2];

    private static readonly byte[][] Seeds = [.. ((byte[][])
    [
        Frames.V4(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Syn, [1, 2, 3], optionsLength: 12), optionsLength: 8),
        Frames.V4(FlowTuple.Udp, Frames.Udp([1, 2, 3])),
        Frames.V6(0,
        [
            43, 0, .. new byte[6], // hop by hop
            44, 0, .. new byte[6], // routing
            FlowTuple.Tcp, 0, 0, 1, .. new byte[4], // fragment
            .. Frames.Tcp(TcpControlBits.Ack, [1]),
        ]),
    ]).SelectMany(ip => ((byte[][])
    [
        Frames.Ethernet(Type(ip), ip, 0x88a8, 0x8100),
        Frames.Ethernet(Type(ip), ip),
        Frames.Sll(Type(ip), ip),
        Frames.Sll2(Type(ip), ip),
    ]))];

    [Fact]
    public void TryRead_ArbitraryBytes_NeverThrowsAndStaysWithinTheFrame()
    {
        var random = new Random(20261122);
        int read = 0;
        for (int i = 0; i < FrameCount; i++)
        {
            byte[] frame = i % 4 == 0 ? Noise(random) : Mutated(random);
            foreach (LinkType linkType in LinkTypes)
            {
                if (!PacketDissector.TryRead(linkType, frame, out DissectedPacket packet))
                {
                    Assert.Equal(default, packet);
                    continue;
                }
                read++;
                Assert.InRange(packet.NetworkOffset, 14, packet.TransportOffset);
                Assert.InRange(packet.TransportOffset, packet.NetworkOffset, packet.HeaderLength);
                Assert.InRange(packet.HeaderLength, packet.TransportOffset, frame.Length);
                Assert.InRange(packet.PayloadOffset, packet.HeaderLength, packet.TransportOffset + 60);
                Assert.InRange(packet.PayloadLength, 0, 40 + ushort.MaxValue);
            }
        }
        Assert.InRange(read, FrameCount / 2, 3 * FrameCount);
    }

    private static ushort Type(byte[] ip) => ip[0] >> 4 == 4 ? DissectedPacket.EtherTypeIPv4 : DissectedPacket.EtherTypeIPv6;

    private static byte[] Noise(Random random)
    {
        byte[] frame = new byte[random.Next(120)];
        random.NextBytes(frame);
        return frame;
    }

    private static byte[] Mutated(Random random)
    {
        byte[] frame = [.. Seeds[random.Next(Seeds.Length)]];
        for (int changes = random.Next(4); changes > 0; changes--)
            frame[random.Next(frame.Length)] = (byte)random.Next(256);
        return random.Next(2) == 0 ? frame : frame[..random.Next(frame.Length)];
    }
}
