using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class LldpFrameTests
{
    private static readonly SwitchPort Sender = new(0x0102030405060708, 0x0910);

    [Fact]
    public void Write_AnyPort_IsTheStandardsLayout()
    {
        const string expected =
            "0180c200000e" + "025354000000" + "88cc" + // destination, source, ether type
            "0209" + "07" + "0102030405060708" +       // chassis id, locally assigned
            "0403" + "07" + "0910" +                   // port id, locally assigned
            "0602" + "0078" +                          // time to live
            "0a07" + "732d7472616365" +                // system name: s-trace
            "0000" + "00000000000000000000000000";     // end, padding
        var frame = Convert.ToHexStringLower(LldpFrame.Write(Sender));
        Assert.Equal(120, frame.Length);
        Assert.StartsWith(frame, expected + "00000000000000000000000000", StringComparison.Ordinal);
    }

    [Fact]
    public void TryRead_Written_IsTheSender()
    {
        Assert.True(LldpFrame.TryRead(LldpFrame.Write(Sender), out var sender));
        Assert.Equal(Sender, sender);
    }

    [Fact]
    public void TryRead_AnotherSystemsFrame_IsNotOurs()
    {
        var frame = LldpFrame.Write(Sender);
        frame[38] ^= 1;
        Assert.False(LldpFrame.TryRead(frame, out _));
    }

    [Fact]
    public void TryRead_CutOff_IsNotOurs()
    {
        var frame = LldpFrame.Write(Sender);
        for (var length = 0; length < 45; length++)
            Assert.False(LldpFrame.TryRead(frame.AsSpan(0, length), out _));
    }
}
