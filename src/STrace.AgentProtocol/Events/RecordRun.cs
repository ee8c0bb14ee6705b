using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace STrace.AgentProtocol;

/// <summary>
/// Consecutive records of one ring, as they stand in a block's payload. A payload is a sequence of runs.
/// <code>
///  0            8     12    16    20       24      26         28            28+n
///  +------------+-----+-----+-----+--------+-------+----------+-------------+--------------------+
///  | generation | pid | tid | ppid| records| arena | name len | program     | records * 64 bytes |
///  +------------+-----+-----+-----+--------+-------+----------+-------------+--------------------+
/// </code>
/// </summary>
/// <param name="Generation">Of the ring, unique in its arena; 0 in a snapshot of objects.</param>
/// <param name="Arena">Number of the arena within the agent's run.</param>
public readonly record struct RecordRun(ulong Generation, int Pid, int Tid, int Ppid, ushort Arena, string Program)
{
    /// <summary>Where in the header the number of records stands (i32).</summary>
    public const int RecordsOffset = 20;

    private const int ArenaOffset = 24;
    private const int NameLengthOffset = 26;
    private const int HeaderBytes = 28;

    /// <summary>Writes the run's header and records; the records' length must be a multiple of 64.</summary>
    public void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> records)
    {
        int nameBytes = Encoding.UTF8.GetByteCount(Program);
        Span<byte> header = output.GetSpan(HeaderBytes + nameBytes);
        BinaryPrimitives.WriteUInt64LittleEndian(header, Generation);
        BinaryPrimitives.WriteInt32LittleEndian(header[8..], Pid);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], Tid);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], Ppid);
        BinaryPrimitives.WriteInt32LittleEndian(header[RecordsOffset..], records.Length / WireRecord.Bytes);
        BinaryPrimitives.WriteUInt16LittleEndian(header[ArenaOffset..], Arena);
        BinaryPrimitives.WriteUInt16LittleEndian(header[NameLengthOffset..], (ushort)nameBytes);
        Encoding.UTF8.GetBytes(Program, header[HeaderBytes..]);
        output.Advance(HeaderBytes + nameBytes);
        output.Write(records);
    }

    /// <summary>Takes the next run off the payload; false at its end.</summary>
    /// <exception cref="AgentProtocolException">The payload ends within the run.</exception>
    public static bool TryRead(ref ReadOnlySpan<byte> payload, out RecordRun run, out ReadOnlySpan<byte> records)
    {
        bool isThere = TryTake(ref payload, out ReadOnlySpan<byte> header, out records);
        run = isThere ? Read(header) : default;
        return isThere;
    }

    /// <summary>As <see cref="TryRead"/>, for who has read the same header before.</summary>
    internal static bool TryTake(ref ReadOnlySpan<byte> payload, out ReadOnlySpan<byte> header, out ReadOnlySpan<byte> records)
    {
        header = records = default;
        if (payload.IsEmpty)
            return false;

        if (payload.Length < HeaderBytes)
            throw new AgentProtocolException($"block ends within the header of a run ({payload.Length} of {HeaderBytes} bytes)");
        int count = BinaryPrimitives.ReadInt32LittleEndian(payload[RecordsOffset..]);
        int nameBytes = BinaryPrimitives.ReadUInt16LittleEndian(payload[NameLengthOffset..]);
        long total = HeaderBytes + nameBytes + (long)count * WireRecord.Bytes;
        if (count < 0 || total > payload.Length)
            throw new AgentProtocolException($"block ends within a run of {count} records");

        header = payload[..(HeaderBytes + nameBytes)];
        records = payload[header.Length..(int)total];
        payload = payload[(int)total..];
        return true;
    }

    internal static RecordRun Read(ReadOnlySpan<byte> header) => new(
        GenerationOf(header),
        BinaryPrimitives.ReadInt32LittleEndian(header[8..]),
        BinaryPrimitives.ReadInt32LittleEndian(header[12..]),
        BinaryPrimitives.ReadInt32LittleEndian(header[16..]),
        ArenaOf(header),
        Encoding.UTF8.GetString(header[HeaderBytes..]));

    internal static ulong GenerationOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt64LittleEndian(header);

    internal static ushort ArenaOf(ReadOnlySpan<byte> header) => BinaryPrimitives.ReadUInt16LittleEndian(header[ArenaOffset..]);

    /// <summary>Whether both tell the same, but for the number of records.</summary>
    internal static bool IsSame(ReadOnlySpan<byte> header, ReadOnlySpan<byte> other) =>
        header[..RecordsOffset].SequenceEqual(other[..RecordsOffset]) && header[ArenaOffset..].SequenceEqual(other[ArenaOffset..]);
}
