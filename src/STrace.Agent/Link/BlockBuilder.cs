using System.Runtime.InteropServices;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// Gathers drained records into blocks and turns their ticks into ns. While no session records, only the objects are kept.
/// Owned by the drain thread.
/// </summary>
internal sealed class BlockBuilder(TickClock clock, Spool spool) : IRecordSink
{
    private readonly ObjectTable _objects = new();
    private readonly PendingBlock _block = new(spool);
    private string? _session;

    /// <summary>Begins a session with what is known of the objects.</summary>
    public void Begin(string session)
    {
        _session = session;
        foreach (var (arena, record) in _objects.All())
        {
            new RecordRun(0, 0, 0, 0, arena, "").Write(_block.Payload, record);
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

        run.Write(_block.Payload, records);
        Count(records);
        if (_block.IsFull)
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
                _block.Count((long)record.Enter);
        }
    }

    private void Cut(FrameType kind)
    {
        if (_session is { } session)
            _block.Cut(kind, session);
    }
}
