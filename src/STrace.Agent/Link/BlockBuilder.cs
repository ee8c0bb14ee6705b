using System.Buffers;
using System.Runtime.InteropServices;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// Gathers drained records into blocks and turns their ticks into ns. While no session records, only the objects are kept.
/// Owned by the drain thread.
/// </summary>
internal sealed class BlockBuilder(TickClock clock, Spool spool) : IRecordSink
{
    private const int FullBytes = 256 * 1024;

    private readonly ObjectTable _objects = new();
    private readonly ArrayBufferWriter<byte> _payload = new(FullBytes);
    private long _firstNs = long.MaxValue;
    private long _lastNs;
    private int _count;
    private string? _session;

    /// <summary>Begins a session with what is known of the objects.</summary>
    public void Begin(string session)
    {
        _session = session;
        foreach (var (arena, record) in _objects.All())
        {
            new RecordRun(0, 0, 0, 0, arena, "").Write(_payload, record);
            Count(record);
        }
        Cut(FrameType.ObjectSnapshot);
    }

    /// <summary>Ends the session; what was gathered is cut off first.</summary>
    public void End()
    {
        Cut(FrameType.Events);
        _session = null;
    }

    public void Accept(RecordRun run, Span<byte> records)
    {
        for (Span<byte> rest = records; !rest.IsEmpty;)
        {
            ref CallRecord record = ref MemoryMarshal.AsRef<CallRecord>(rest);
            int bytes = Math.Min((1 + (record.Flags & WireRecord.ContinuationMask)) * WireRecord.Bytes, rest.Length);
            record.Enter = clock.ToNs(record.Enter); // the time is the first field of every kind of record
            if (record.Op == WireRecord.ObjectOp)
                _objects.Learn(run.Arena, rest[..bytes]);
            else if (record.Op is not (WireRecord.ThreadOp or WireRecord.LostOp))
                record.DurationErrno = (record.DurationErrno & ~WireRecord.DurationMask) | Duration(record.DurationErrno & WireRecord.DurationMask);
            rest = rest[bytes..];
        }
        if (_session is null)
            return;

        run.Write(_payload, records);
        Count(records);
        if (_payload.WrittenCount >= FullBytes)
            Cut(FrameType.Events);
    }

    /// <summary>Sends what has gathered, full or not.</summary>
    public void Flush() => Cut(FrameType.Events);

    private ulong Duration(ulong ticks) => Math.Min((ulong)(ticks * clock.NsPerTick), WireRecord.DurationMask);

    private void Count(ReadOnlySpan<byte> records)
    {
        foreach (ref readonly CallRecord record in MemoryMarshal.Cast<byte, CallRecord>(records))
        {
            if (record.Op != WireRecord.ContinuationOp)
            {
                _count++;
                _firstNs = Math.Min(_firstNs, (long)record.Enter);
                _lastNs = Math.Max(_lastNs, (long)record.Enter);
            }
        }
    }

    private void Cut(FrameType kind)
    {
        if (_count > 0 && _session is { } session)
        {
            spool.Add(sequence => FrameCodec.Encode(
                new BlockFrame(kind, session, sequence, _firstNs, _lastNs, _count, _payload.WrittenMemory)));
        }
        _payload.ResetWrittenCount();
        _count = 0;
        _firstNs = long.MaxValue;
        _lastNs = 0;
    }
}
