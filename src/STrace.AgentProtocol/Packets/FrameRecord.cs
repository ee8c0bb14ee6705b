using System.Buffers;
using System.Buffers.Binary;

namespace STrace.AgentProtocol;

/// <summary>
/// One Ethernet frame that a datastore received, as it stands in the payload of a block of mirrored frames.
/// <code>
///  0          8        16     18       22
///  +----------+--------+------+--------+---------+
///  | time ns  | dpid   | port | length | frame   |      dpid, port: the datastore's place, not where the frame entered
///  +----------+--------+------+--------+---------+
/// </code>
/// </summary>
public readonly ref struct FrameRecord(long timeNs, ulong dpid, ushort port, ReadOnlySpan<byte> frame)
{
    private const int HeaderBytes = 22;

    public long TimeNs { get; } = timeNs;
    public ulong Dpid { get; } = dpid;
    public ushort Port { get; } = port;
    public ReadOnlySpan<byte> Frame { get; } = frame;

    public void Write(IBufferWriter<byte> output)
    {
        Span<byte> header = output.GetSpan(HeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(header, TimeNs);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], Dpid);
        BinaryPrimitives.WriteUInt16LittleEndian(header[16..], Port);
        BinaryPrimitives.WriteInt32LittleEndian(header[18..], Frame.Length);
        output.Advance(HeaderBytes);
        output.Write(Frame);
    }

    /// <summary>Takes the next record off the payload; false at its end.</summary>
    /// <exception cref="AgentProtocolException">The payload ends within the record.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> payload, out FrameRecord record)
    {
        record = default;
        if (payload.IsEmpty)
            return false;
        int length = payload.Length >= HeaderBytes ? BinaryPrimitives.ReadInt32LittleEndian(payload[18..]) : -1;
        if (length < 0 || length > payload.Length - HeaderBytes)
            throw new AgentProtocolException("block ends within a frame");
        record = new FrameRecord(
            BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadUInt64LittleEndian(payload[8..]),
            BinaryPrimitives.ReadUInt16LittleEndian(payload[16..]), payload.Slice(HeaderBytes, length));
        payload = payload[(HeaderBytes + length)..];
        return true;
    }
}
