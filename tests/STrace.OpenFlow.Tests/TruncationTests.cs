using System.Buffers;
using System.Buffers.Binary;

namespace STrace.OpenFlow.Tests;

public sealed class TruncationTests
{
    private const int LengthOffset = 2;

    [Theory]
    [MemberData(nameof(GoldenVector.Theory), MemberType = typeof(GoldenVector))]
    public void TryReadFrame_EveryPrefix_NeedsMore(GoldenVector vector)
    {
        for (var length = 0; length < vector.Frame.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(vector.Frame, 0, length);

            Assert.False(OpenFlowFraming.TryReadFrame(ref buffer, out _));
            Assert.Equal(length, buffer.Length);
            Assert.False(OpenFlowFraming.TryReadFrame(vector.Frame.AsSpan(0, length), out _));
        }
    }

    [Theory]
    [MemberData(nameof(GoldenVector.Theory), MemberType = typeof(GoldenVector))]
    public void Decode_EveryPrefix_IsProtocolError(GoldenVector vector)
    {
        for (var length = 0; length < vector.Frame.Length; length++)
            Assert.Throws<OpenFlowProtocolException>(() => OpenFlowCodec.Decode(vector.Frame.AsSpan(0, length)));
    }

    // A shorter payload, or a list with an entry less, is a whole message too: then it must encode to what it was.
    [Theory]
    [MemberData(nameof(GoldenVector.Theory), MemberType = typeof(GoldenVector))]
    public void Decode_PrefixThatSaysItsLength_IsProtocolErrorOrSameBytes(GoldenVector vector)
    {
        for (var length = OpenFlowFraming.HeaderLength; length < vector.Frame.Length; length++)
        {
            var prefix = vector.Frame[..length];
            BinaryPrimitives.WriteUInt16BigEndian(prefix.AsSpan(LengthOffset), (ushort)length);

            if (TryDecode(prefix) is { } message)
                Assert.Equal(prefix, OpenFlowCodec.Encode(message));
        }
    }

    [Theory]
    [InlineData("get_config_reply")]
    [InlineData("flow_removed")]
    [InlineData("port_status")]
    [InlineData("port_mod")]
    [InlineData("stats_request_flow")]
    [InlineData("stats_reply_desc")]
    [InlineData("stats_reply_aggregate")]
    [InlineData("queue_get_config_request")]
    public void Decode_PrefixOfMessageOfFixedLength_IsProtocolError(string name)
    {
        var frame = GoldenVector.All.Single(vector => vector.Name == name).Frame;
        for (var length = OpenFlowFraming.HeaderLength; length < frame.Length; length++)
        {
            var prefix = frame[..length];
            BinaryPrimitives.WriteUInt16BigEndian(prefix.AsSpan(LengthOffset), (ushort)length);

            Assert.Throws<OpenFlowProtocolException>(() => OpenFlowCodec.Decode(prefix));
        }
    }

    private static OpenFlowMessage? TryDecode(byte[] frame)
    {
        try
        {
            return OpenFlowCodec.Decode(frame);
        }
        catch (OpenFlowProtocolException)
        {
            return null;
        }
    }
}
