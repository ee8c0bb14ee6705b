using System.Buffers;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.AgentProtocol.Tests;

public sealed class FrameCodecTests
{
    private static readonly Guid Agent = new("3f6c1f0e-8a52-4b57-9d3f-2b1c0a9e8d7c");

    public static TheoryData<byte[], object> Frames => new()
    {
        { FrameCodec.Encode(Hello), Hello },
        { FrameCodec.Encode(new WelcomeFrame(1, 42)), new WelcomeFrame(1, 42) },
        { FrameCodec.Encode(new ConfigureFrame("demo")), new ConfigureFrame("demo") },
        { FrameCodec.Encode(new ConfigureFrame(null)), new ConfigureFrame(null) },
        { FrameCodec.Encode(new AckFrame(long.MaxValue)), new AckFrame(long.MaxValue) },
        { FrameCodec.Encode(new PingFrame(7)), new PingFrame(7) },
        { FrameCodec.Encode(new PongFrame(7, 8)), new PongFrame(7, 8) },
        { FrameCodec.Encode(new RefuseFrame("another agent of host h4 is connected")), new RefuseFrame("another agent of host h4 is connected") },
        { FrameCodec.Encode(new ArmedFrame("demo", 3)), new ArmedFrame("demo", 3) },
        { FrameCodec.Encode(new WatermarkFrame("demo", 9, 1_700_000_000_000_000_000, 2)), new WatermarkFrame("demo", 9, 1_700_000_000_000_000_000, 2) },
        { FrameCodec.Encode(new PassedFrame("demo", 8, 1_700_000_000_000_000_000, 2)), new PassedFrame("demo", 8, 1_700_000_000_000_000_000, 2) },
    };

    private static HelloFrame Hello { get; } = new(1, Agent, "h4", [IpAddress.Parse("10.0.0.4"), IpAddress.Parse("fd00::4")], 123);

    [Theory]
    [MemberData(nameof(Frames))]
    public void Decode_EncodedFrame_GivesItBack(byte[] encoded, object frame)
    {
        object decoded = FrameCodec.Decode(Body(encoded));

        if (frame is HelloFrame hello)
        {
            var back = Assert.IsType<HelloFrame>(decoded);
            Assert.Equal(hello.Addresses, back.Addresses);
            decoded = back with { Addresses = hello.Addresses };
        }
        Assert.Equal(frame, decoded);
    }

    [Fact]
    public void Decode_Block_KeepsItsPayload()
    {
        var block = new BlockFrame(FrameType.Events, "demo", 5, 10, 20, 1, new byte[] { 1, 2, 3 });

        var back = Assert.IsType<BlockFrame>(FrameCodec.Decode(Body(FrameCodec.Encode(block))));

        Assert.Equal(block.Payload.ToArray(), back.Payload.ToArray());
        Assert.Equal(block with { Payload = default }, back with { Payload = default });
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void TryReadFrame_EveryPrefix_NeedsMore(byte[] encoded, object frame)
    {
        for (int length = 0; length < encoded.Length; length++)
        {
            var buffer = new ReadOnlySequence<byte>(encoded, 0, length);
            Assert.False(FrameCodec.TryReadFrame(ref buffer, out _), $"{length} bytes of {frame}");
            Assert.Equal(length, buffer.Length);
        }
        var whole = new ReadOnlySequence<byte>(encoded);
        Assert.True(FrameCodec.TryReadFrame(ref whole, out _));
        Assert.True(whole.IsEmpty);
    }

    [Theory]
    [MemberData(nameof(Frames))]
    public void Decode_BodyCutAnywhere_IsAProtocolError(byte[] encoded, object frame)
    {
        ReadOnlyMemory<byte> body = Body(encoded);
        for (int length = 1; length < body.Length; length++)
        {
            // A shorter text is not noticed by its own length only where nothing follows it: then the frame has bytes too few.
            var error = Record.Exception(() => FrameCodec.Decode(body[..length]));
            Assert.True(error is AgentProtocolException, $"{length} bytes of {frame}: {error?.GetType().Name ?? "accepted"}");
        }
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0 }, "0")]
    [InlineData(new byte[] { 0, 0, 0, 0x7f }, "2130706432")]
    public void TryReadFrame_ImpossibleLength_IsAProtocolErrorBeforeAnythingIsBuffered(byte[] header, string told)
    {
        var error = Assert.Throws<AgentProtocolException>(() =>
        {
            var buffer = new ReadOnlySequence<byte>(header);
            FrameCodec.TryReadFrame(ref buffer, out _);
        });
        Assert.Contains($"frame length {told} ", error.Message);
    }

    [Fact]
    public void Decode_UnknownTypeOrTrailingBytes_IsAProtocolError()
    {
        Assert.Contains("type 99", Assert.Throws<AgentProtocolException>(() => FrameCodec.Decode(new byte[] { 99 })).Message);
        byte[] tooLong = [.. Body(FrameCodec.Encode(new AckFrame(1))).Span, 0];
        Assert.Contains("too many", Assert.Throws<AgentProtocolException>(() => FrameCodec.Decode(tooLong)).Message);
    }

    private static ReadOnlyMemory<byte> Body(byte[] encoded) => encoded.AsMemory(FrameCodec.LengthBytes);
}
