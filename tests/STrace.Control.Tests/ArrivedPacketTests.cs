using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class ArrivedPacketTests
{
    [Fact]
    public void TryRead_RandomPacketIns_ReadsWhatTheCodecReads()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var frame = new byte[18 + random.Next(100)];
            random.NextBytes(frame);
            OpenFlowCodec.Encode(new PacketInMessage { Data = new byte[frame.Length - 18] }).AsSpan(0, 4).CopyTo(frame);
            var message = Assert.IsType<PacketInMessage>(OpenFlowCodec.Decode(frame));

            Assert.True(ArrivedPacket.TryRead(frame, out var packet));
            Assert.Equal((message.BufferId, message.TotalLength, message.InPort), (packet.BufferId, packet.TotalLength, packet.InPort));
            Assert.Equal(message.Data.ToArray(), packet.Data.ToArray());
        }
    }

    [Theory]
    [InlineData(0, 4)] // version
    [InlineData(1, (byte)MessageType.FlowRemoved)]
    public void TryRead_AnotherMessage_IsLeftToTheCodec(int offset, byte value)
    {
        var frame = OpenFlowCodec.Encode(new PacketInMessage { Data = new byte[60] });
        frame[offset] = value;
        Assert.False(ArrivedPacket.TryRead(frame, out _));
    }

    [Fact]
    public void TryRead_EndsWithinItsHeader_IsLeftToTheCodec()
    {
        var frame = OpenFlowCodec.Encode(new PacketInMessage());
        for (var length = OpenFlowFraming.HeaderLength; length < frame.Length; length++)
            Assert.False(ArrivedPacket.TryRead(frame.AsMemory(0, length), out _));
        Assert.True(ArrivedPacket.TryRead(frame, out _));
    }

    [Fact]
    public void Kept_BufferIsUsedAgain_HasItsBytes()
    {
        var frame = OpenFlowCodec.Encode(new PacketInMessage { Data = new byte[] { 1, 2, 3 } });
        Assert.True(ArrivedPacket.TryRead(frame, out var packet));
        var kept = packet.Kept();
        frame.AsSpan().Clear();
        Assert.Equal([1, 2, 3], kept.Data.ToArray());
    }
}
