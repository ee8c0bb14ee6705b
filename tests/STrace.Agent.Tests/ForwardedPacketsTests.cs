using System.Buffers.Binary;
using STrace.Capture;

namespace STrace.Agent.Tests;

public sealed class ForwardedPacketsTests
{
    private const long Millisecond = 1_000_000;
    private readonly ForwardedPackets _forwarded = new();

    [Fact]
    public void SeenElsewhere_AtTheNextInterface_IsTheSamePacket()
    {
        byte[] frame = Captures.Tcp(1, 2);

        Assert.False(Seen(frame, at: 2, timeNs: 0));
        frame[28] = 63; // a router takes one off the time to live
        Assert.True(Seen(frame, at: 3, timeNs: Millisecond));
        Assert.True(Seen(frame, at: 4, timeNs: 2 * Millisecond));
    }

    [Fact]
    public void SeenElsewhere_AtTheSameInterfaceAgain_IsSentAgain()
    {
        byte[] frame = Captures.Tcp(1, 2);
        Seen(frame, at: 2, timeNs: 0);
        Seen(frame, at: 3, timeNs: 0);

        Assert.False(Seen(frame, at: 2, timeNs: Millisecond));
        Assert.True(Seen(frame, at: 3, timeNs: Millisecond));
    }

    [Fact]
    public void SeenElsewhere_MuchLater_IsAnotherPacket()
    {
        byte[] frame = Captures.Tcp(1, 2);
        Seen(frame, at: 2, timeNs: 0);

        Assert.False(Seen(frame, at: 3, timeNs: 200 * Millisecond));
    }

    [Theory]
    [InlineData(32)] // source address: a rewritten packet
    [InlineData(41)] // source port
    [InlineData(25)] // identification
    [InlineData(47)] // sequence
    [InlineData(51)] // acknowledgement
    [InlineData(55)] // window
    public void SeenElsewhere_AFieldDiffers_IsAnotherPacket(int offset)
    {
        byte[] frame = Captures.Tcp(1, 2);
        Seen(frame, at: 2, timeNs: 0);

        frame[offset] ^= 1;

        Assert.False(Seen(frame, at: 3, timeNs: 0));
    }

    [Fact]
    public void SeenElsewhere_EchoesOfOnePing_DifferByTheirNumber()
    {
        byte[] first = Captures.Tcp(1, 2);
        first[29] = 1; // ICMP
        byte[] second = [.. first];
        BinaryPrimitives.WriteUInt16BigEndian(second.AsSpan(46), 7);
        Seen(first, at: 2, timeNs: 0);

        Assert.False(Seen(second, at: 3, timeNs: 0));
        Assert.True(Seen(second, at: 2, timeNs: 0));
    }

    /// <param name="frame">A LINUX_SLL2 frame: its IPv4 header begins at 20, what is behind it at 40.</param>
    private bool Seen(byte[] frame, int at, long timeNs)
    {
        Assert.True(PacketDissector.TryRead(LinkType.LinuxSll2, frame, out DissectedPacket packet));
        return _forwarded.SeenElsewhere(new CapturedPacketHeader(timeNs, frame.Length, frame.Length, at, PacketDirection.In), packet, frame);
    }
}
