using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class PacketHeadersTests
{
    private static readonly MacAddress A = MacAddress.Parse("00:00:00:00:00:0a");
    private static readonly MacAddress B = MacAddress.Parse("00:00:00:00:00:0b");
    private static readonly Ipv4Address From = Ipv4Address.Parse("10.0.0.1");
    private static readonly Ipv4Address To = Ipv4Address.Parse("10.0.0.2");

    [Fact]
    public void TryRead_Tcp_GivesAddressesAndPorts()
    {
        Assert.True(PacketHeaders.TryRead(Frames.Tcp(A, B, From, 1000, To, 80), out var headers));
        Assert.Equal(new PacketHeaders(B, A, 0x0800, false, null, new Ipv4Headers(6, From, To, 1000, 80, true)), headers);
    }

    [Fact]
    public void TryRead_Tagged_ReadsBehindTheTag()
    {
        var plain = Frames.Tcp(A, B, From, 1000, To, 80);
        byte[] tagged = [.. plain[..12], 0x81, 0x00, 0x00, 0x05, .. plain[12..]];
        Assert.True(PacketHeaders.TryRead(tagged, out var headers));
        Assert.True(headers.Tagged);
        Assert.Equal(new Ipv4Headers(6, From, To, 1000, 80, true), headers.Ip);
    }

    [Fact]
    public void TryRead_LaterFragment_HasNoPorts()
    {
        var frame = Frames.Tcp(A, B, From, 1000, To, 80);
        frame[14 + 7] = 1;
        Assert.True(PacketHeaders.TryRead(frame, out var headers));
        Assert.Equal(new Ipv4Headers(6, From, To, 0, 0, false), headers.Ip);
    }

    [Fact]
    public void TryRead_IpOptions_FindsThePortsBehindThem()
    {
        byte[] transport = [1, 1, 1, 1, 0x03, 0xe8, 0, 80];
        var frame = Frames.Ipv4(A, B, 17, From, To, transport);
        frame[14] = 0x46;
        Assert.True(PacketHeaders.TryRead(frame, out var headers));
        Assert.Equal(new Ipv4Headers(17, From, To, 1000, 80, true), headers.Ip);
    }

    [Fact]
    public void TryRead_EveryPrefix_NeverThrows()
    {
        var arp = new ArpPacket(ArpPacket.Request, A, From, default, To).ToFrame(MacAddress.Broadcast);
        foreach (var frame in (byte[][])[Frames.Tcp(A, B, From, 1000, To, 80), Frames.EchoRequest(A, B, From, To), arp])
        {
            for (var length = 0; length < frame.Length; length++)
                Assert.Equal(length >= 14, PacketHeaders.TryRead(frame.AsSpan(0, length), out _));
        }
    }

    [Fact]
    public void ToFrame_Arp_ReadsBack()
    {
        var arp = new ArpPacket(ArpPacket.Reply, A, From, B, To);
        Assert.True(PacketHeaders.TryRead(arp.ToFrame(B), out var headers));
        Assert.Equal((B, A, (ArpPacket?)arp), (headers.Destination, headers.Source, headers.Arp));
    }
}
