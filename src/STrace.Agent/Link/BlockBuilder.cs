using System.Buffers.Binary;
using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Agent;

/// <summary>
/// Gathers drained records into blocks and turns their ticks into ns. While no session records, only the objects are kept.
/// Owned by the drain thread.
/// </summary>
internal sealed class BlockBuilder(TickClock clock, Spool spool, AgentCounters? counters = null) : IRecordSink
{
    private const ushort FirstOpThatIsNoCall = WireRecord.ObjectOp;
    private const int LongestGroup = (1 + WireRecord.ContinuationMask) * WireRecord.Bytes;
    private const int LongestHeader = 64; // 28 bytes and a program's name

    private readonly PendingBlock _block = new(spool);
    private readonly AgentCounters _counters = counters ?? new AgentCounters();
    private string? _session;

    /// <summary>Records that have their effect before it are counted as late; ns since the epoch.</summary>
    public long PassedNs { private get; set; }

    // The run that is being written: from Start on in the span that the block gave for it.
    private ref struct Run(Span<byte> room)
    {
        public readonly Span<byte> Room = room;
        public int Start; // of the records
        public int End;
        public int Continuations; // that the last record still has
        public int Count; // of records that are not continuations
        public long FirstNs = long.MaxValue;
        public long LastNs = long.MinValue;
        public bool Objects; // some are among them
    }

    /// <summary>Begins a session with what is known of the objects.</summary>
    public void Begin(string session, IEnumerable<ObjectTable> known)
    {
        _session = session;
        foreach (ObjectTable objects in known)
        {
            var run = new RecordRun(0, 0, 0, 0, objects.Arena, "");
            objects.ForEach(group =>
            {
                run.Write(_block.Payload, group);
                _block.Count((long)MemoryMarshal.AsRef<ObjectRecord>(group).Time);
                if (_block.IsFull)
                    Cut(FrameType.ObjectSnapshot);
            });
        }
        Cut(FrameType.ObjectSnapshot);
    }

    /// <summary>Ends the session; what was gathered is cut off first.</summary>
    public void End()
    {
        Flush();
        _session = null;
    }

    public void Accept(RingOwner owner, RingSlice records)
    {
        Run run = BeginRun(owner);
        Take(ref run, owner, records.First);
        Take(ref run, owner, records.Wrapped);
        EndRun(run, owner);
        if (_block.IsFull)
            Flush();
    }

    public void Lost(RingOwner owner, uint first, uint last)
    {
        var lost = new CallRecord
        {
            Enter = clock.Sample(),
            Sequence = last,
            Op = WireRecord.LostOp,
            Arg0 = first,
            Arg1 = last,
        };
        Accept(owner, new RingSlice(new(in lost), default));
    }

    /// <summary>Sends what has gathered, full or not.</summary>
    public void Flush() => Cut(FrameType.Events);

    private Run BeginRun(RingOwner owner)
    {
        if (_block.RoomBytes < LongestHeader + LongestGroup)
            Flush();
        var run = new Run(_block.Payload.GetSpan(_block.RoomBytes)[.._block.RoomBytes]);
        owner.RunHeader.CopyTo(run.Room);
        run.Start = run.End = owner.RunHeader.Length;
        return run;
    }

    private void EndRun(in Run run, RingOwner owner)
    {
        if (run.Objects)
            LearnObjects(owner, run.Room[run.Start..run.End]);
        BinaryPrimitives.WriteInt32LittleEndian(run.Room[RecordRun.RecordsOffset..], (run.End - run.Start) / WireRecord.Bytes);
        _block.Advance(run.End);
        _block.Count(run.Count, run.FirstNs, run.LastNs);
        if (_session is null)
            _block.Clear();
        else if (run.FirstNs < PassedNs)
            CountLate(run.Room[run.Start..run.End]);
    }

    /// <summary>Rarely called: a call that takes is found here when it began long ago, and is late only when it ended then.</summary>
    private void CountLate(ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<CallRecord> records = MemoryMarshal.Cast<byte, CallRecord>(bytes);
        for (int i = 0; i < records.Length; i += 1 + (records[i].Flags & WireRecord.ContinuationMask))
        {
            ref readonly CallRecord record = ref records[i];
            bool atExit = record.Op < FirstOpThatIsNoCall && ((Operation)record.Op).TakesEffectAtExit();
            long effectNs = (long)record.Enter + (atExit ? (long)(record.DurationErrno & WireRecord.DurationMask) : 0);
            if (record.Op != WireRecord.MarkOp && effectNs < PassedNs)
                _counters.RecordsLate++;
        }
    }

    /// <summary>The one copy that is made of a record on its way. It is looked at only there, because the ring's owner may still change it.</summary>
    private void Take(ref Run run, RingOwner owner, ReadOnlySpan<CallRecord> records)
    {
        TickClock.Rate rate = clock.Now;
        while (!records.IsEmpty)
        {
            if (run.Continuations == 0 && run.Room.Length - run.End < LongestGroup)
            {
                EndRun(run, owner);
                Flush();
                run = BeginRun(owner);
            }
            // As many as leave room for the continuations of the last of them; else the rest of the group that has begun, or one more.
            int count = Math.Max((run.Room.Length - run.End - LongestGroup) / WireRecord.Bytes, Math.Max(run.Continuations, 1));
            count = Math.Min(count, records.Length);
            var target = MemoryMarshal.Cast<byte, CallRecord>(run.Room.Slice(run.End, count * WireRecord.Bytes));
            records[..count].CopyTo(target);
            Convert(ref run, owner, target, rate);
            run.End += count * WireRecord.Bytes;
            records = records[count..];
        }
    }

    private static void Convert(ref Run run, RingOwner owner, Span<CallRecord> records, TickClock.Rate rate)
    {
        int count = 0;
        long firstNs = run.FirstNs, lastNs = run.LastNs;
        uint sequence = owner.LastSequence;
        int i = run.Continuations; // of the last record before these
        for (; i < records.Length; i += 1 + (records[i].Flags & WireRecord.ContinuationMask))
        {
            ref CallRecord record = ref records[i];
            count++;
            if (record.Op < FirstOpThatIsNoCall)
            {
                record.DurationErrno = record.DurationErrno & ~WireRecord.DurationMask | rate.Duration(record.DurationErrno & WireRecord.DurationMask);
                sequence = record.Sequence;
            }
            else if (record.Op == WireRecord.MarkOp)
            {
                continue; // it has no time
            }
            else if (record.Op == WireRecord.ObjectOp)
            {
                run.Objects = true;
            }
            else if (record.Op == WireRecord.LostOp)
            {
                owner.LostTold += (ulong)(record.Arg1 - record.Arg0 + 1);
                sequence = Math.Max(sequence, record.Sequence);
            }
            long ns = rate.ToNs(record.Enter);
            record.Enter = (ulong)ns;
            firstNs = Math.Min(firstNs, ns);
            lastNs = Math.Max(lastNs, ns);
        }
        run.Continuations = i - records.Length;
        run.Count += count;
        (run.FirstNs, run.LastNs) = (firstNs, lastNs);
        owner.LastSequence = sequence;
    }

    private static void LearnObjects(RingOwner owner, ReadOnlySpan<byte> records)
    {
        while (!records.IsEmpty)
        {
            ref readonly CallRecord record = ref MemoryMarshal.AsRef<CallRecord>(records);
            int bytes = Math.Min((1 + (record.Flags & WireRecord.ContinuationMask)) * WireRecord.Bytes, records.Length);
            if (record.Op == WireRecord.ObjectOp)
                owner.Objects.Learn(owner.Run.Pid, records[..bytes]);
            records = records[bytes..];
        }
    }

    private void Cut(FrameType kind)
    {
        if (_session is { } session)
            _block.Cut(kind, session);
        else
            _block.Clear();
    }
}
