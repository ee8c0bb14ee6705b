using System.Buffers;
using System.Buffers.Binary;

namespace STrace.Control;

/// <summary>
/// Control messages as they stand in a block's payload, one after another.
/// <code>
///  0          8        16          17       21
///  +----------+--------+-----------+--------+---------------+
///  | time ns  | dpid   | direction | length | the message   |      little-endian; the message as it was on the wire
///  +----------+--------+-----------+--------+---------------+
/// </code>
/// </summary>
public static class ControlLogFormat
{
    private const int HeaderBytes = 21;
    private const int DirectionOffset = 16;
    private const int LengthOffset = 17;

    /// <param name="frame">The whole OpenFlow message.</param>
    public static void Write(IBufferWriter<byte> output, long timeNs, ulong dpid, ControlDirection direction, ReadOnlySpan<byte> frame)
    {
        Span<byte> header = output.GetSpan(HeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(header, timeNs);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], dpid);
        header[DirectionOffset] = (byte)direction;
        BinaryPrimitives.WriteInt32LittleEndian(header[LengthOffset..], frame.Length);
        output.Advance(HeaderBytes);
        output.Write(frame);
    }

    /// <summary>The messages of one block, in the order in which they were recorded.</summary>
    /// <exception cref="InvalidDataException">The payload ends within a message.</exception>
    public static IEnumerable<RecordedControlMessage> Read(ReadOnlyMemory<byte> payload)
    {
        while (!payload.IsEmpty)
        {
            ReadOnlySpan<byte> header = payload.Span;
            int length = header.Length >= HeaderBytes ? BinaryPrimitives.ReadInt32LittleEndian(header[LengthOffset..]) : -1;
            if (length < 0 || length > payload.Length - HeaderBytes)
                throw new InvalidDataException("a block of control messages ends within a message");
            yield return new RecordedControlMessage(
                BinaryPrimitives.ReadInt64LittleEndian(header),
                BinaryPrimitives.ReadUInt64LittleEndian(header[8..]),
                (ControlDirection)header[DirectionOffset],
                payload.Slice(HeaderBytes, length));
            payload = payload[(HeaderBytes + length)..];
        }
    }
}
