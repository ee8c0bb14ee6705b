using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class HeadersOnlyTests
{
    private const int EthernetLength = 14;
    private const int HeadersLength = 54;

    /// <summary>10.0.0.1:40000 to 10.0.0.2:80, with three bytes of payload; its TCP checksum is not right.</summary>
    internal static readonly byte[] Tcp = Convert.FromHexString(
        "00000000000b00000000000a0800" +
        "4500002b00014000400600000a0000010a000002" +
        "9c400050000000010000000250180100beef0000" + "414243");

    [Fact]
    public void Of_Tcp_PayloadIsZeroAndTheChecksumRight()
    {
        var bare = HeadersOnly.Of(Tcp).ToArray();

        Assert.Equal(Tcp.Length, bare.Length);
        Assert.Equal([0, 0, 0], bare[HeadersLength..]);
        Assert.Equal(Tcp[..50], bare[..50]);
        Assert.Equal(0xffff, SumOf([.. bare[26..34], 0, Protocols.Tcp, 0, 23, .. bare[34..], 0]));
    }

    [Fact]
    public void Of_OddLengthsAndCutOffFrames_LengthStays()
    {
        for (var length = 0; length <= Tcp.Length; length++)
            Assert.Equal(length, HeadersOnly.Of(Tcp.AsMemory(0, length)).Length);
    }

    [Fact]
    public void Of_Arp_IsLeftAlone()
    {
        byte[] arp = [.. Tcp[..12], 0x08, 0x06, 1, 2, 3];
        Assert.Equal(arp, HeadersOnly.Of(arp).ToArray());
    }

    [Fact]
    public void Build_HeadersOnly_PacketsCarryZeros()
    {
        var plan = Session().Plan(new ReplayPlanOptions { HeadersOnly = true });

        Assert.Equal(HeadersOnly.Of(Tcp).ToArray(), Assert.Single(plan.Steps.OfType<InjectFrame>()).Frame.ToArray());
        Assert.Equal(HeadersOnly.Of(Tcp).ToArray(), Assert.Single(plan.Steps.OfType<SendPacket>()).Message.Data.ToArray());
    }

    [Theory]
    [InlineData("tcp", 0)]
    [InlineData("udp", 2)]
    public void Build_Only_LeavesOutOtherPacketsAndNoRule(string only, int leftOut)
    {
        var plan = Session().Plan(new ReplayPlanOptions { Only = FlowSelection.Parse(only) });

        Assert.Equal(leftOut, plan.NotSelected);
        Assert.Equal(3 - leftOut, plan.Steps.Count);
        Assert.Single(plan.Steps.OfType<InstallRule>());
    }

    private static RecordedSession Session() => new RecordedSession()
        .Switch(1, 1, 2)
        .ToSwitch(1, 1, new FlowModMessage { Match = new Match { InPort = 1 }, Actions = [new OutputAction(2)] })
        .Mirrored(2, 1, Tcp)
        .ToSwitch(3, 1, new PacketOutMessage { InPort = 1, Actions = [new OutputAction(2)], Data = Tcp });

    private static int SumOf(byte[] bytes)
    {
        var sum = 0;
        for (var index = 0; index + 1 < bytes.Length; index += 2)
            sum += (bytes[index] << 8) | bytes[index + 1];
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return sum;
    }
}
