namespace STrace.AgentProtocol.Tests;

public sealed class DatastoreFrameTests
{
    [Fact]
    public void Decode_Ports_GivesThemBack()
    {
        DatastorePort[] ports = [new(1, 5, "ds1-eth0"), new(ulong.MaxValue, 0xff00, "")];

        var back = Assert.IsType<PortsFrame>(FrameCodec.Decode(Body(FrameCodec.Encode(new PortsFrame(ports)))));

        Assert.Equal(ports, back.Ports);
    }

    [Fact]
    public void Decode_Inject_KeepsTheFrame()
    {
        byte[] bytes = [0xff, 0, 1, 2];

        var back = Assert.IsType<InjectFrame>(FrameCodec.Decode(Body(FrameCodec.Encode(new InjectFrame(9, ulong.MaxValue, 3, bytes)))));

        Assert.Equal((9L, ulong.MaxValue, (ushort)3), (back.Number, back.Dpid, back.Port));
        Assert.Equal(bytes, back.Frame.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("the interface is down")]
    public void Decode_Injected_GivesItBack(string error) =>
        Assert.Equal(new InjectedFrame(9, 10, error), FrameCodec.Decode(Body(FrameCodec.Encode(new InjectedFrame(9, 10, error)))));

    [Theory]
    [InlineData(FrameType.Packets)]
    [InlineData(FrameType.Mirrored)]
    public void Decode_CaptureBlock_KeepsKindAndPayload(FrameType kind)
    {
        var block = new BlockFrame(kind, "demo", 5, 10, 20, 1, new byte[] { 1, 2, 3 });

        var back = Assert.IsType<BlockFrame>(FrameCodec.Decode(Body(FrameCodec.Encode(block))));

        Assert.Equal(block with { Payload = default }, back with { Payload = default });
        Assert.Equal(block.Payload.ToArray(), back.Payload.ToArray());
    }

    [Fact]
    public void Decode_BodyCutAnywhere_IsAProtocolError()
    {
        // Of INJECT the frame itself has no length of its own: only what stands before it can be missed.
        byte[][] frames =
        [
            FrameCodec.Encode(new PortsFrame([new(1, 5, "ds1-eth0"), new(2, 6, "x")])),
            FrameCodec.Encode(new InjectFrame(9, 1, 3, ReadOnlyMemory<byte>.Empty)),
            FrameCodec.Encode(new InjectedFrame(9, 10, "no")),
        ];

        foreach (byte[] frame in frames)
        {
            ReadOnlyMemory<byte> body = Body(frame);
            for (int length = 1; length < body.Length; length++)
                Assert.Throws<AgentProtocolException>(() => FrameCodec.Decode(body[..length]));
        }
    }

    private static ReadOnlyMemory<byte> Body(byte[] encoded) => encoded.AsMemory(FrameCodec.LengthBytes);
}
