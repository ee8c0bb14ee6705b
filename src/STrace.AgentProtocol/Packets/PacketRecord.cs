using System.Buffers;
using System.Buffers.Binary;

namespace STrace.AgentProtocol;

/// <summary>
/// The headers of one packet, from the IP header on, as they stand in the payload of a block of packets.
/// <code>
///  0          8           12          13         15
///  +----------+-----------+-----------+----------+-----------+
///  | time ns  | interface | direction | length   | headers   |      direction: 0 received, 1 sent
///  +----------+-----------+-----------+----------+-----------+
/// </code>
/// </summary>
public readonly ref struct PacketRecord(long timeNs, int interfaceIndex, bool outgoing, ReadOnlySpan<byte> headers)
{
    private const int HeaderBytes = 15;

    public long TimeNs { get; } = timeNs;
    public int InterfaceIndex { get; } = interfaceIndex;
    public bool Outgoing { get; } = outgoing;

    /// <summary>Bytes from the IP header to the end of the transport header.</summary>
    public ReadOnlySpan<byte> Headers { get; } = headers;

    public void Write(IBufferWriter<byte> output)
    {
        Span<byte> header = output.GetSpan(HeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(header, TimeNs);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], InterfaceIndex);
        header[12] = Outgoing ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt16LittleEndian(header[13..], checked((ushort)Headers.Length));
        output.Advance(HeaderBytes);
        output.Write(Headers);
    }

    /// <summary>Takes the next record off the payload; false at its end.</summary>
    /// <exception cref="AgentProtocolException">The payload ends within the record.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> payload, out PacketRecord record)
    {
        record = default;
        if (payload.IsEmpty)
            return false;
        int length = payload.Length >= HeaderBytes ? BinaryPrimitives.ReadUInt16LittleEndian(payload[13..]) : int.MaxValue;
        if (length > payload.Length - HeaderBytes)
            throw new AgentProtocolException("block ends within a packet");
        record = new PacketRecord(
            BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadInt32LittleEndian(payload[8..]), payload[12] != 0,
            payload.Slice(HeaderBytes, length));
        payload = payload[(HeaderBytes + length)..];
        return true;
    }
}
