using System.Buffers.Binary;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>
/// What the manager read of the hosts' clocks, as it stands in the payload of a block of clocks.
/// <code>
///  0          8          16            24
///  +----------+----------+-------------+
///  | sent ns  | host ns  | received ns |      sent and received by the manager's clock
///  +----------+----------+-------------+
/// </code>
/// </summary>
internal static class ClockReader
{
    private const int RecordBytes = 24;

    public static byte[] Write(ClockReading reading)
    {
        byte[] payload = new byte[RecordBytes];
        BinaryPrimitives.WriteInt64LittleEndian(payload, reading.SentNs);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(8), reading.HostNs);
        BinaryPrimitives.WriteInt64LittleEndian(payload.AsSpan(16), reading.ReceivedNs);
        return payload;
    }

    /// <summary>All of a session. What does not fill a record is left out.</summary>
    public static IEnumerable<ClockReading> Read(ISession session)
    {
        foreach (Block block in session.ReadBlocks(BlockKind.Clocks))
        {
            for (int at = 0; at + RecordBytes <= block.Payload.Length; at += RecordBytes)
            {
                yield return new ClockReading(
                    block.Header.Source, Number(block, at), Number(block, at + 8), Number(block, at + 16));
            }
        }
    }

    private static long Number(Block block, int at) => BinaryPrimitives.ReadInt64LittleEndian(block.Payload.AsSpan(at));
}
