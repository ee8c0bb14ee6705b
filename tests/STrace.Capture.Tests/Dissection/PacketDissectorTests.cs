using STrace.Model;

namespace STrace.Capture.Tests.Dissection;

public sealed class PacketDissectorTests
{
    private const ushort IPv4 = DissectedPacket.EtherTypeIPv4;
    private const ushort IPv6 = DissectedPacket.EtherTypeIPv6;
    private const byte Icmp = 1;
    private const byte IcmpV6 = 58;
    private const byte Ospf = 89;

    private static readonly byte[] Data = [1, 2, 3];

    [Fact]
    public void TryRead_TcpOverEthernet_GivesEveryField()
    {
        byte[] frame = Frames.TcpFrame(TcpControlBits.Psh | TcpControlBits.Ack, Data, optionsLength: 12);

        DissectedPacket packet = Read(frame);

        Assert.Equal(
            new DissectedPacket
            {
                DestinationMac = Frames.Destination,
                SourceMac = Frames.Source,
                EtherType = IPv4,
                NetworkOffset = 14,
                Flow = Frames.Flow,
                Protocol = FlowTuple.Tcp,
                TotalLength = 55,
                IpId = 0x1234,
                Ttl = 64,
                TransportOffset = 34,
                HasPorts = true,
                TcpFlags = TcpControlBits.Psh | TcpControlBits.Ack,
                Sequence = 0x01020304,
                Acknowledgment = 0x05060708,
                Window = 0x2000,
                PayloadOffset = 66,
                PayloadLength = 3,
                HeaderLength = 66,
            },
            packet);
    }

    [Fact]
    public void TryRead_PaddedFrame_TakesThePayloadLengthFromTheIpHeader()
    {
        byte[] frame = [.. Frames.TcpFrame(TcpControlBits.Ack, []), 0, 0, 0, 0, 0, 0];

        DissectedPacket packet = Read(frame);

        Assert.Equal(0, packet.PayloadLength);
        Assert.Equal(54, packet.HeaderLength);
    }

    [Fact]
    public void TryRead_FrameCutInItsPayload_TellsThePayloadOfTheWire() =>
        Assert.Equal(1000, Read(Frames.TcpFrame(TcpControlBits.Ack, new byte[1000])[..64]).PayloadLength);

    [Fact]
    public void TryRead_FrameCutInTheTcpOptions_KeepsWhatWasCaptured()
    {
        DissectedPacket packet = Read(Frames.TcpFrame(TcpControlBits.Ack, Data, optionsLength: 12)[..58]);

        Assert.Equal(66, packet.PayloadOffset);
        Assert.Equal(58, packet.HeaderLength);
        Assert.Equal(3, packet.PayloadLength);
    }

    [Fact]
    public void TryRead_FrameCutBeforeTheTcpHeadersEnd_IsFalse()
    {
        byte[] frame = Frames.TcpFrame(TcpControlBits.Ack, []);

        for (int length = 0; length < frame.Length; length++)
            Assert.False(PacketDissector.TryRead(LinkType.Ethernet, frame.AsSpan(0, length), out _), $"{length} bytes");
    }

    [Theory]
    [InlineData(new ushort[] { 0x8100 }, 18)]
    [InlineData(new ushort[] { 0x88a8, 0x8100 }, 22)]
    public void TryRead_VlanTags_AreSteppedOver(ushort[] vlanTypes, int networkOffset)
    {
        DissectedPacket packet = Read(Frames.Ethernet(IPv4, Frames.V4(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Syn, [])), vlanTypes));

        Assert.Equal(networkOffset, packet.NetworkOffset);
        Assert.Equal(Frames.Flow, packet.Flow);
    }

    [Fact]
    public void TryRead_ThreeVlanTags_GivesTheThirdAsType() =>
        Assert.Equal(0x8100, Read(Frames.Ethernet(IPv4, new byte[40], 0x88a8, 0x8100, 0x8100)).EtherType);

    [Fact]
    public void TryRead_LinuxSll_FindsTheIpHeader()
    {
        byte[] frame = Frames.Sll(IPv4, Frames.V4(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Syn, [])));

        Assert.True(PacketDissector.TryRead(LinkType.LinuxSll, frame, out DissectedPacket packet));
        Assert.Equal((16, Frames.Flow, 0ul), (packet.NetworkOffset, packet.Flow!.Value, packet.SourceMac));
    }

    [Theory]
    [InlineData(0x0007)]
    [InlineData(0x4007)]
    [InlineData(0x6007)]
    public void TryRead_LinuxSll2WithATagThatItDoesNotTell_StepsOverIt(int tag)
    {
        byte[] untold = [(byte)(tag >> 8), (byte)tag];
        byte[] four = Frames.Sll2(IPv4, [.. untold, 0x08, 0x00, .. Frames.V4(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Syn, []))]);
        byte[] six = Frames.Sll2(IPv6, [.. untold, 0x86, 0xdd, .. Frames.V6(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Syn, []))]);

        Assert.True(PacketDissector.TryRead(LinkType.LinuxSll2, four, out DissectedPacket packet));
        Assert.Equal(Frames.Flow, packet.Flow);
        Assert.True(PacketDissector.TryRead(LinkType.LinuxSll2, six, out packet));
        Assert.Equal(Frames.Flow6, packet.Flow);
    }

    [Fact]
    public void TryRead_LinuxSll2OfAPacketOf2048Bytes_IsNoTag()
    {
        byte[] ip = Frames.V4(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Syn, new byte[2048 - 40]));
        ip[4] = 0x45;

        Assert.True(PacketDissector.TryRead(LinkType.LinuxSll2, Frames.Sll2(IPv4, ip), out DissectedPacket packet));
        Assert.Equal((2048, Frames.Flow), (packet.TotalLength, packet.Flow));
    }

    [Fact]
    public void TryRead_LinuxSll2_FindsTheIpHeader()
    {
        byte[] frame = Frames.Sll2(IPv6, Frames.V6(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Syn, [])));

        Assert.True(PacketDissector.TryRead(LinkType.LinuxSll2, frame, out DissectedPacket packet));
        Assert.Equal((20, Frames.Flow6, 0ul), (packet.NetworkOffset, packet.Flow!.Value, packet.SourceMac));
    }

    [Fact]
    public void TryRead_UnknownLinkType_IsFalse() =>
        Assert.False(PacketDissector.TryRead((LinkType)9, Frames.TcpFrame(TcpControlBits.Syn, []), out _));

    [Fact]
    public void TryRead_Udp_HasPortsAndPayload()
    {
        DissectedPacket packet = Read(Frames.UdpFrame(dataLength: 5));

        Assert.Equal(Frames.Flow with { Protocol = FlowTuple.Udp }, packet.Flow);
        Assert.Equal((42, 5, true), (packet.PayloadOffset, packet.PayloadLength, packet.HasPorts));
    }

    [Theory]
    [InlineData(Icmp, 8)]
    [InlineData(Ospf, 0)]
    public void TryRead_OtherProtocols_HaveAddressesWithoutPorts(byte protocol, int headerLength)
    {
        DissectedPacket packet = Read(Frames.Ethernet(IPv4, Frames.V4(protocol, new byte[16])));

        Assert.Equal(new FlowTuple(protocol, Endpoint.Parse("10.0.0.1:0"), Endpoint.Parse("10.0.0.2:0")), packet.Flow);
        Assert.Equal((false, 34 + headerLength, 16 - headerLength), (packet.HasPorts, packet.PayloadOffset, packet.PayloadLength));
    }

    [Fact]
    public void TryRead_IPv4Options_AreSteppedOver()
    {
        byte[] ip = Frames.V4(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Syn, Data), optionsLength: 8);

        DissectedPacket packet = Read(Frames.Ethernet(IPv4, ip));

        Assert.Equal((42, 3, Frames.Flow), (packet.TransportOffset, packet.PayloadLength, packet.Flow!.Value));
    }

    [Fact]
    public void TryRead_FirstFragment_HasPorts()
    {
        byte[] ip = Frames.V4(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Ack, Data), fragment: 0x2000);

        DissectedPacket packet = Read(Frames.Ethernet(IPv4, ip));

        Assert.Equal((true, true, 0), (packet.HasPorts, packet.MoreFragments, packet.FragmentOffset));
    }

    [Fact]
    public void TryRead_LaterFragment_HasNone()
    {
        byte[] ip = Frames.V4(FlowTuple.Tcp, Frames.Tcp(TcpControlBits.Ack, Data), fragment: 100);

        DissectedPacket packet = Read(Frames.Ethernet(IPv4, ip));

        Assert.Equal((false, false, 800, 23), (packet.HasPorts, packet.MoreFragments, packet.FragmentOffset, packet.PayloadLength));
        Assert.Equal(0, packet.Flow!.Value.Source.Port);
    }

    [Fact]
    public void TryRead_IPv6ExtensionHeaders_AreSteppedOver()
    {
        byte[] hopByHop = [60, 0, .. new byte[6]];
        byte[] destinationOptions = [43, 1, .. new byte[14]];
        byte[] routing = [44, 0, .. new byte[6]];
        byte[] fragment = [51, 0, 0, 1, 0, 0, 0, 9];
        byte[] authentication = [FlowTuple.Tcp, 4, .. new byte[22]];

        DissectedPacket packet = Read(Frames.Ethernet(IPv6, Frames.V6(0,
            [.. hopByHop, .. destinationOptions, .. routing, .. fragment, .. authentication, .. Frames.Tcp(TcpControlBits.Syn, Data)])));

        Assert.Equal((Frames.Flow6, 3, 63), (packet.Flow!.Value, packet.PayloadLength, packet.Ttl));
        Assert.Equal((54 + 64, true, 0), (packet.TransportOffset, packet.MoreFragments, packet.FragmentOffset));
    }

    [Fact]
    public void TryRead_IPv6LaterFragment_HasNoPorts()
    {
        DissectedPacket packet = Read(Frames.Ethernet(IPv6, Frames.V6(44, [FlowTuple.Udp, 0, 0, 8, 0, 0, 0, 9, .. new byte[30]])));

        Assert.Equal((FlowTuple.Udp, false, 8, 30), (packet.Protocol, packet.HasPorts, packet.FragmentOffset, packet.PayloadLength));
    }

    [Fact]
    public void TryRead_IcmpV6_IsRecognised() =>
        Assert.Equal(IcmpV6, Read(Frames.Ethernet(IPv6, Frames.V6(IcmpV6, new byte[24]))).Protocol);

    [Fact]
    public void TryRead_Arp_IsRecognised()
    {
        DissectedPacket packet = Read(Frames.Ethernet(DissectedPacket.EtherTypeArp, new byte[46]));

        Assert.True(packet.IsArp);
        Assert.Null(packet.Flow);
        Assert.Equal(42, packet.HeaderLength);
    }

    [Fact]
    public void TryRead_OtherEtherType_IsToldAlone()
    {
        DissectedPacket packet = Read(Frames.Ethernet(0x88cc, new byte[46]));

        Assert.Equal((0x88cc, null, 14), (packet.EtherType, packet.Flow, packet.HeaderLength));
    }

    [Theory]
    [InlineData(14, 0x44)] // an IPv4 header of 16 bytes
    [InlineData(14, 0x65)] // version 6 behind IPv4's type
    [InlineData(17, 19)]   // shorter in total than its header
    [InlineData(46, 0x40)] // a TCP header of 16 bytes
    [InlineData(46, 0xf0)] // a TCP header longer than the packet
    public void TryRead_HeaderThatContradictsItself_IsFalse(int offset, byte value)
    {
        byte[] frame = Frames.TcpFrame(TcpControlBits.Syn, []);
        frame[offset] = value;

        Assert.False(PacketDissector.TryRead(LinkType.Ethernet, frame, out _));
    }

    private static DissectedPacket Read(byte[] frame)
    {
        Assert.True(PacketDissector.TryRead(LinkType.Ethernet, frame, out DissectedPacket packet));
        return packet;
    }
}
