using System.Buffers;
using System.Buffers.Binary;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>
/// Frames between agent and manager.
/// <code>
///  0               4       5
///  +---------------+-------+----------------+
///  | length (LE)   | type  | body           |     length counts type and body
///  +---------------+-------+----------------+
/// </code>
/// Numbers are little-endian, a text is its length in bytes (u16) and UTF-8.
/// </summary>
public static class FrameCodec
{
    public const ushort Version = 2;
    public const int LengthBytes = sizeof(uint);

    /// <summary>Longest frame that is accepted; a block is cut long before.</summary>
    public const int MaxFrameBytes = 16 * 1024 * 1024;

    /// <summary>Cuts one frame off the buffer. Too short is false; the frame is type and body.</summary>
    /// <exception cref="AgentProtocolException">The length is 0 or above <see cref="MaxFrameBytes"/>.</exception>
    public static bool TryReadFrame(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> frame)
    {
        frame = default;
        if (buffer.Length < LengthBytes)
            return false;

        Span<byte> header = stackalloc byte[LengthBytes];
        buffer.Slice(0, LengthBytes).CopyTo(header);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(header);
        if (length is 0 or > MaxFrameBytes)
            throw new AgentProtocolException($"frame length {length} is outside 1..{MaxFrameBytes}");
        if (buffer.Length < LengthBytes + length)
            return false;

        frame = buffer.Slice(LengthBytes, length);
        buffer = buffer.Slice(LengthBytes + length);
        return true;
    }

    /// <returns>One of the frame records.</returns>
    /// <exception cref="AgentProtocolException">The type is unknown or the body does not hold what the type needs.</exception>
    public static object Decode(ReadOnlyMemory<byte> frame)
    {
        var reader = new FrameReader(frame);
        var type = (FrameType)reader.Byte();
        object decoded = type switch
        {
            FrameType.Hello => new HelloFrame(reader.UInt16(), reader.Guid(), reader.Text(), reader.Addresses(), reader.Int64()),
            FrameType.Welcome => new WelcomeFrame(reader.UInt16(), reader.Int64()),
            FrameType.Configure => new ConfigureFrame(reader.Text() is { Length: > 0 } session ? session : null),
            FrameType.Ack => new AckFrame(reader.Int64()),
            FrameType.Ping => new PingFrame(reader.Int64()),
            FrameType.Pong => new PongFrame(reader.Int64(), reader.Int64()),
            FrameType.Events or FrameType.ObjectSnapshot or FrameType.Packets or FrameType.Mirrored or
                FrameType.Processes or FrameType.Loss =>
                new BlockFrame(type, reader.Text(), reader.Int64(), reader.Int64(), reader.Int64(), reader.Int32(), reader.Rest()),
            FrameType.Refuse => new RefuseFrame(reader.Text()),
            FrameType.Watermark => new WatermarkFrame(reader.Text(), reader.Int64(), reader.Int64(), reader.Int64()),
            FrameType.Passed => new PassedFrame(reader.Text(), reader.Int64(), reader.Int64(), reader.Int64()),
            FrameType.Armed => new ArmedFrame(reader.Text(), reader.Int64()),
            FrameType.Ports => new PortsFrame(reader.Ports()),
            FrameType.Inject => new InjectFrame(reader.Int64(), (ulong)reader.Int64(), reader.UInt16(), reader.Rest()),
            FrameType.Injected => new InjectedFrame(reader.Int64(), reader.Int64(), reader.Text()),
            _ => throw new AgentProtocolException($"frame type {(byte)type} is unknown"),
        };
        reader.ExpectEnd(type);
        return decoded;
    }

    public static byte[] Encode(HelloFrame frame) => new FrameWriter(FrameType.Hello)
        .UInt16(frame.Version).Guid(frame.Agent).Text(frame.Host).Addresses(frame.Addresses).Int64(frame.ClockNs).ToFrame();

    public static byte[] Encode(WelcomeFrame frame) => new FrameWriter(FrameType.Welcome)
        .UInt16(frame.Version).Int64(frame.LastStored).ToFrame();

    public static byte[] Encode(ConfigureFrame frame) => new FrameWriter(FrameType.Configure).Text(frame.Session ?? "").ToFrame();

    public static byte[] Encode(AckFrame frame) => new FrameWriter(FrameType.Ack).Int64(frame.Sequence).ToFrame();

    public static byte[] Encode(PingFrame frame) => new FrameWriter(FrameType.Ping).Int64(frame.ManagerNs).ToFrame();

    public static byte[] Encode(PongFrame frame) => new FrameWriter(FrameType.Pong).Int64(frame.ManagerNs).Int64(frame.AgentNs).ToFrame();

    public static byte[] Encode(RefuseFrame frame) => new FrameWriter(FrameType.Refuse).Text(frame.Reason).ToFrame();

    public static byte[] Encode(BlockFrame frame) => new FrameWriter(frame.Kind)
        .Text(frame.Session).Int64(frame.Sequence).Int64(frame.FirstNs).Int64(frame.LastNs).Int32(frame.Count)
        .Bytes(frame.Payload.Span).ToFrame();

    /// <summary>Writes the header of a block's frame at the end of <paramref name="room"/>, behind which the payload lies.</summary>
    /// <returns>Where in the room it begins.</returns>
    /// <exception cref="ArgumentException">The room is too small for it.</exception>
    public static int WriteBlockHeader(
        Span<byte> room, FrameType kind, string session, long sequence, long firstNs, long lastNs, int count, int payloadBytes)
    {
        byte[] header = Encode(new BlockFrame(kind, session, sequence, firstNs, lastNs, count, default));
        BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)(header.Length - LengthBytes + payloadBytes));
        int start = room.Length - header.Length;
        header.CopyTo(room[Math.Max(start, 0)..]);
        return start;
    }

    public static byte[] Encode(ArmedFrame frame) => new FrameWriter(FrameType.Armed).Text(frame.Session).Int64(frame.Sequence).ToFrame();

    public static byte[] Encode(WatermarkFrame frame) => new FrameWriter(FrameType.Watermark)
        .Text(frame.Session).Int64(frame.Sequence).Int64(frame.UpToNs).Int64(frame.Dropped).ToFrame();

    public static byte[] Encode(PassedFrame frame) => new FrameWriter(FrameType.Passed)
        .Text(frame.Session).Int64(frame.Sequence).Int64(frame.UpToNs).Int64(frame.Dropped).ToFrame();

    public static byte[] Encode(PortsFrame frame) => new FrameWriter(FrameType.Ports).Ports(frame.Ports).ToFrame();

    public static byte[] Encode(InjectFrame frame) => new FrameWriter(FrameType.Inject)
        .Int64(frame.Number).Int64((long)frame.Dpid).UInt16(frame.Port).Bytes(frame.Frame.Span).ToFrame();

    public static byte[] Encode(InjectedFrame frame) => new FrameWriter(FrameType.Injected)
        .Int64(frame.Number).Int64(frame.TimeNs).Text(frame.Error).ToFrame();
}
