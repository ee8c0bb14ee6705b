namespace STrace.OpenFlow.Tests;

public sealed class CodecErrorTests
{
    [Theory]
    [InlineData("040a000800000001", 0, "version 4")]
    [InlineData("0116000800000001", 1, "unknown message type 22")]
    [InlineData("0105000c0000000100000000", 8, "4 bytes too many")]
    [InlineData("0110000c0000000100090000", 12, "unknown statistics type 9")]
    [InlineData("010d001800000001ffffffffffff0008000c000800000000", 20, "unknown action type 12")]
    [InlineData("010d001800000001ffffffffffff00080000000700010000", 20, "not a multiple of 8")]
    [InlineData("010d001800000001ffffffffffff00080000001000010000", 20, "announces 12 more bytes, 4 are left")]
    [InlineData("010d001800000001ffffffffffff00100000000800010000", 16, "announces 16 more bytes, 8 are left")]
    public void Decode_Malformed_SaysWhatAndWhere(string hex, int offset, string problem)
    {
        var error = Assert.Throws<OpenFlowProtocolException>(() => OpenFlowCodec.Decode(Convert.FromHexString(hex)));

        Assert.Equal(offset, error.Offset);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_Malformed_NamesTheMessageType()
    {
        var error = Assert.Throws<OpenFlowProtocolException>(() => OpenFlowCodec.Decode([1, 9, 0, 8, 0, 0, 0, 1]));

        Assert.Equal(MessageType.SetConfig, error.MessageType);
        Assert.Equal("SetConfig, byte 8: 2 bytes expected, 0 left", error.Message);
    }

    [Fact]
    public void Encode_MessageLongerThanItsLengthField_IsArgumentError() =>
        Assert.Throws<ArgumentException>(() => OpenFlowCodec.Encode(new EchoRequestMessage { Data = new byte[65528] }));

    [Fact]
    public void Encode_LongestMessage_Decodes()
    {
        var frame = OpenFlowCodec.Encode(new EchoRequestMessage { Data = new byte[65527] });

        Assert.Equal(OpenFlowFraming.MaxMessageLength, frame.Length);
        Assert.Equal(65527, Assert.IsType<EchoRequestMessage>(OpenFlowCodec.Decode(frame)).Data.Length);
    }

    [Theory]
    [InlineData("seventeen letters")]
    [InlineData("a\0b")]
    [InlineData("\u20ac")]
    public void Encode_TextThatDoesNotFitItsField_IsArgumentError(string name) =>
        Assert.Throws<ArgumentException>(() =>
            OpenFlowCodec.Encode(new PortStatusMessage { Port = new PortDescription { Name = name } }));

    [Fact]
    public void Encode_VendorActionOfOddLength_IsArgumentError() =>
        Assert.Throws<ArgumentException>(() =>
            OpenFlowCodec.Encode(new FlowModMessage { Actions = [new VendorAction(1, new byte[3])] }));
}
