using System.Buffers.Binary;
using STrace.AgentProtocol;
using STrace.Capture;

namespace STrace.Agent.Tests;

/// <summary>What captures see, and what became of it.</summary>
internal static class Captures
{
    /// <summary>What capturing on an interface that does not exist throws.</summary>
    public static CaptureException NoSuchInterface() =>
        Assert.Throws<CaptureException>(() => PcapSource.Open(new CaptureOptions { Interface = "st-nosuch" }));

    /// <summary>A TCP segment of 10.0.0.1 to 10.0.0.2 behind a LINUX_SLL2 header, with these bytes of payload.</summary>
    public static byte[] Tcp(ushort sourcePort, ushort destinationPort, int payload = 0)
    {
        byte[] frame = new byte[20 + 20 + 20 + payload];
        BinaryPrimitives.WriteUInt16BigEndian(frame, 0x0800);
        Span<byte> ip = frame.AsSpan(20);
        ip[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)(40 + payload));
        ip[9] = 6;
        (ip[12], ip[15], ip[16], ip[19]) = (10, 1, 10, 2);
        Span<byte> tcp = ip[20..];
        BinaryPrimitives.WriteUInt16BigEndian(tcp, sourcePort);
        BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], destinationPort);
        tcp[12] = 5 << 4;
        return frame;
    }

    /// <summary>The spool's frames with a sequence, from the first to the newest.</summary>
    public static async Task<List<object>> FramesAsync(Spool spool)
    {
        var frames = new List<object>();
        for (long last = 0; last < spool.Sequence;)
        {
            var (sequence, frame) = await spool.NextAsync(last, CancellationToken.None);
            if (sequence > last)
                frames.Add(FrameCodec.Decode(frame[FrameCodec.LengthBytes..].ToArray()));
            last = sequence;
        }
        return frames;
    }

    public static List<Packet> PacketsOf(IEnumerable<object> frames)
    {
        var packets = new List<Packet>();
        foreach (BlockFrame block in frames.OfType<BlockFrame>().Where(b => b.Kind == FrameType.Packets))
        {
            ReadOnlySpan<byte> payload = block.Payload.Span;
            int before = packets.Count;
            while (PacketRecord.TryRead(ref payload, out PacketRecord record))
                packets.Add(new Packet(record.TimeNs, record.InterfaceIndex, record.Outgoing, record.Headers.ToArray()));
            Assert.Equal(block.Count, packets.Count - before);
            Assert.Equal((packets[before..].Min(p => p.TimeNs), packets[before..].Max(p => p.TimeNs)), (block.FirstNs, block.LastNs));
        }
        return packets;
    }

    public static List<(long TimeNs, ulong Dpid, ushort Port, byte[] Frame)> MirroredOf(BlockFrame block)
    {
        Assert.Equal(FrameType.Mirrored, block.Kind);
        var frames = new List<(long, ulong, ushort, byte[])>();
        ReadOnlySpan<byte> payload = block.Payload.Span;
        while (FrameRecord.TryRead(ref payload, out FrameRecord record))
            frames.Add((record.TimeNs, record.Dpid, record.Port, record.Frame.ToArray()));
        Assert.Equal(block.Count, frames.Count);
        return frames;
    }

    /// <summary>A recorded IPv4 packet with ports.</summary>
    internal sealed record Packet(long TimeNs, int InterfaceIndex, bool Outgoing, byte[] Headers)
    {
        public int Protocol => Headers[9];
        public ushort SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Transport);
        public ushort DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Transport[2..]);
        public byte TcpFlags => Transport[13];
        public int TotalLength => BinaryPrimitives.ReadUInt16BigEndian(Headers.AsSpan(2));

        /// <summary>Bytes that the packet carried behind its TCP header.</summary>
        public int TcpPayload => TotalLength - (Headers.Length - Transport.Length) - (Transport[12] >> 4) * 4;

        private ReadOnlySpan<byte> Transport => Headers.AsSpan((Headers[0] & 0x0f) * 4);
    }
}
