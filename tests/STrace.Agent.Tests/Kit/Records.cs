using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Agent.Tests;

/// <summary>Records as libwrapper writes them.</summary>
internal static class Records
{
    public const ushort ReadSocket = (ushort)Operation.ReadSocket;
    public const ushort WriteSocket = (ushort)Operation.WriteSocket;

    /// <param name="continuations">Records of one byte each that follow, numbered from 0.</param>
    public static byte[] Call(uint sequence, ulong ticks = 0, ulong durationErrno = 0, int continuations = 0, ushort op = ReadSocket) => Group(
        new CallRecord { Enter = ticks, Sequence = sequence, Op = op, Flags = (ushort)continuations, DurationErrno = durationErrno },
        sequence, continuations);

    public static byte[] Object(uint number, uint sequence = 1, int continuations = 0, ulong ticks = 0, int fd = 0) => Group(
        new ObjectRecord { Time = ticks, Sequence = sequence, Op = WireRecord.ObjectOp, Flags = (ushort)continuations, ObjectNumber = number, Fd = fd },
        sequence, continuations);

    public static byte[] Thread(ulong ticks = 0) => Group(new ThreadRecord { Time = ticks, Op = WireRecord.ThreadOp, ParentGeneration = ulong.MaxValue }, 0, 0);

    public static byte[] Lost(ulong durationErrno = 0, uint first = 1, uint last = 1) => Group(
        new CallRecord { Sequence = last, Op = WireRecord.LostOp, DurationErrno = durationErrno, Arg0 = first, Arg1 = last }, 0, 0);

    public static byte[] Mark(uint start, uint offset) => Group(new MarkRecord { Start = start, Offset = offset, Op = WireRecord.MarkOp }, 0, 0);

    /// <summary>Sequences of the records that are not continuations.</summary>
    public static IEnumerable<uint> SequencesOf(byte[] records)
    {
        foreach (CallRecord record in MemoryMarshal.Cast<byte, CallRecord>(records).ToArray())
        {
            if (record.Op != WireRecord.ContinuationOp)
                yield return record.Sequence;
        }
    }

    private static byte[] Group<T>(T record, uint sequence, int continuations)
        where T : unmanaged
    {
        byte[] group = [.. MemoryMarshal.AsBytes(new Span<T>(ref record)), .. new byte[continuations * WireRecord.Bytes]];
        for (int i = 0; i < continuations; i++)
        {
            ref var continuation = ref MemoryMarshal.AsRef<ContinuationRecord>(group.AsSpan((1 + i) * WireRecord.Bytes));
            (continuation.Sequence, continuation.Op, continuation.Length) = (sequence, WireRecord.ContinuationOp, 1);
            MemoryMarshal.AsBytes(new Span<ContinuationRecord>(ref continuation))[16] = (byte)i;
        }
        return group;
    }
}
