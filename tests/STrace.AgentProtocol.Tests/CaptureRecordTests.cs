using System.Buffers;

namespace STrace.AgentProtocol.Tests;

public sealed class CaptureRecordTests
{
    private static readonly byte[] Bytes = [0x45, 0, 0, 40, 1, 2, 3];

    [Fact]
    public void PacketRecord_Several_AreReadBackInOrder()
    {
        var payload = new ArrayBufferWriter<byte>();
        new PacketRecord(1_700_000_000_123_456_789, 7, outgoing: true, Bytes).Write(payload);
        new PacketRecord(-1, int.MaxValue, outgoing: false, []).Write(payload);

        ReadOnlySpan<byte> rest = payload.WrittenSpan;
        Assert.True(PacketRecord.TryRead(ref rest, out PacketRecord first));
        Assert.True(PacketRecord.TryRead(ref rest, out PacketRecord second));
        Assert.False(PacketRecord.TryRead(ref rest, out _));

        Assert.Equal((1_700_000_000_123_456_789, 7, true), (first.TimeNs, first.InterfaceIndex, first.Outgoing));
        Assert.Equal(Bytes, first.Headers.ToArray());
        Assert.Equal((-1, int.MaxValue, false, 0), (second.TimeNs, second.InterfaceIndex, second.Outgoing, second.Headers.Length));
    }

    [Fact]
    public void PacketRecord_Layout_IsTheDocumentedOne()
    {
        var payload = new ArrayBufferWriter<byte>();
        new PacketRecord(0x0807060504030201, 0x0c0b0a09, outgoing: true, [0xaa, 0xbb]).Write(payload);

        Assert.Equal("0102030405060708090a0b0c010200aabb", Convert.ToHexStringLower(payload.WrittenSpan));
    }

    [Fact]
    public void FrameRecord_Several_AreReadBackInOrder()
    {
        byte[] large = [.. Enumerable.Range(0, 65535).Select(i => (byte)i)];
        var payload = new ArrayBufferWriter<byte>();
        new FrameRecord(5, ulong.MaxValue, 0xff00, large).Write(payload);
        new FrameRecord(6, 1, 2, []).Write(payload);

        ReadOnlySpan<byte> rest = payload.WrittenSpan;
        Assert.True(FrameRecord.TryRead(ref rest, out FrameRecord first));
        Assert.True(FrameRecord.TryRead(ref rest, out FrameRecord second));
        Assert.False(FrameRecord.TryRead(ref rest, out _));

        Assert.Equal((5L, ulong.MaxValue, (ushort)0xff00), (first.TimeNs, first.Dpid, first.Port));
        Assert.True(first.Frame.SequenceEqual(large));
        Assert.Equal((6L, 1UL, (ushort)2, 0), (second.TimeNs, second.Dpid, second.Port, second.Frame.Length));
    }

    [Fact]
    public void FrameRecord_Layout_IsTheDocumentedOne()
    {
        var payload = new ArrayBufferWriter<byte>();
        new FrameRecord(0x0807060504030201, 0x1817161514131211, 0x2221, [0xaa, 0xbb]).Write(payload);

        Assert.Equal("01020304050607081112131415161718212202000000aabb", Convert.ToHexStringLower(payload.WrittenSpan));
    }

    [Fact]
    public void TryRead_PayloadCutAnywhere_IsAProtocolError()
    {
        var packet = new ArrayBufferWriter<byte>();
        new PacketRecord(1, 2, outgoing: true, Bytes).Write(packet);
        var frame = new ArrayBufferWriter<byte>();
        new FrameRecord(1, 2, 3, Bytes).Write(frame);

        for (int length = 1; length < packet.WrittenCount; length++)
        {
            Assert.Throws<AgentProtocolException>(() =>
            {
                ReadOnlySpan<byte> cut = packet.WrittenSpan[..length];
                PacketRecord.TryRead(ref cut, out _);
            });
        }
        for (int length = 1; length < frame.WrittenCount; length++)
        {
            Assert.Throws<AgentProtocolException>(() =>
            {
                ReadOnlySpan<byte> cut = frame.WrittenSpan[..length];
                FrameRecord.TryRead(ref cut, out _);
            });
        }
    }

    [Fact]
    public void FrameRecord_NegativeLength_IsAProtocolError()
    {
        var frame = new ArrayBufferWriter<byte>();
        new FrameRecord(1, 2, 3, Bytes).Write(frame);
        byte[] payload = frame.WrittenSpan.ToArray();
        payload[21] = 0x80;

        Assert.Throws<AgentProtocolException>(() =>
        {
            ReadOnlySpan<byte> rest = payload;
            FrameRecord.TryRead(ref rest, out _);
        });
    }
}
