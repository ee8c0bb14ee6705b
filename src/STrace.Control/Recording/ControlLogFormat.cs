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
    private const int DpidOffset = 8;
    private const int DirectionOffset = 16;
    private const int LengthOffset = 17;

    /// <summary>Of what stands before each message.</summary>
    public const int HeaderBytes = 21;

    /// <param name="output">Holds at least <see cref="HeaderBytes"/> and the frame.</param>
    /// <param name="frame">The whole OpenFlow message.</param>
    /// <returns>Bytes written.</returns>
    public static int Write(Span<byte> output, long timeNs, ulong dpid, ControlDirection direction, ReadOnlySpan<byte> frame)
    {
        frame.CopyTo(output[HeaderBytes..]);
        BinaryPrimitives.WriteInt64LittleEndian(output, timeNs);
        BinaryPrimitives.WriteUInt64LittleEndian(output[DpidOffset..], dpid);
        output[DirectionOffset] = (byte)direction;
        BinaryPrimitives.WriteInt32LittleEndian(output[LengthOffset..], frame.Length);
        return HeaderBytes + frame.Length;
    }

    /// <summary>The messages of one block, in the order in which they were recorded.</summary>
    /// <exception cref="InvalidDataException">The payload ends within a message.</exception>
    public static IEnumerable<RecordedControlMessage> Read(ReadOnlyMemory<byte> payload)
    {
        while (TryRead(ref payload, out var message))
            yield return message;
    }

    /// <summary>Takes the first message off a payload; false where nothing is left.</summary>
    /// <inheritdoc cref="Read"/>
    public static bool TryRead(ref ReadOnlyMemory<byte> payload, out RecordedControlMessage message)
    {
        message = default;
        if (payload.IsEmpty)
            return false;
        var header = payload.Span;
        var length = header.Length >= HeaderBytes ? BinaryPrimitives.ReadInt32LittleEndian(header[LengthOffset..]) : -1;
        if (length < 0 || length > payload.Length - HeaderBytes)
            throw new InvalidDataException("a block of control messages ends within a message");
        message = new RecordedControlMessage(
            BinaryPrimitives.ReadInt64LittleEndian(header),
            BinaryPrimitives.ReadUInt64LittleEndian(header[DpidOffset..]),
            (ControlDirection)header[DirectionOffset],
            payload.Slice(HeaderBytes, length));
        payload = payload[(HeaderBytes + length)..];
        return true;
    }
}
