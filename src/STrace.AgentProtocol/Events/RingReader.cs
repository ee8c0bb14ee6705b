using System.Runtime.InteropServices;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>Turns one ring's records into events, in their order; what a record says of those behind it holds until it says else.</summary>
internal sealed class RingReader(string host, Guid agent, ulong number, ChannelTable channels)
{
    private readonly Queue<(ReadOnlyMemory<byte> Records, ThreadLife Life)> _runs = [];
    private readonly List<(uint Sequence, MessageMark Mark)> _marks = [];
    private byte[] _header = [];
    private ThreadLife? _life;
    private int _used; // bytes of the first run
    private ulong _context;
    private int _childPid;

    /// <summary>As the header of the last run tells it.</summary>
    public RecordRun Run { get; private set; }

    /// <summary>When its last call that was read began.</summary>
    public long LastNs { get; private set; }

    public bool IsEmpty => _runs.Count == 0;

    /// <summary>Nothing is kept for its next call.</summary>
    public bool IsPlain => IsEmpty && _context == 0 && _childPid == 0 && _marks.Count == 0;

    /// <summary>One life a ring; a program that renames itself begins another.</summary>
    public void Begin(ReadOnlySpan<byte> header)
    {
        if (_life is not null && RecordRun.IsSame(header, _header))
            return;
        _header = header.ToArray();
        Run = RecordRun.Read(header);
        _life = new ThreadLife
        {
            Host = host,
            Agent = agent,
            Ring = number,
            Pid = Run.Pid,
            Tid = Run.Tid,
            Ppid = Run.Ppid,
            Program = Run.Program,
        };
    }

    /// <param name="records">Of the run that was begun; whole, with their continuations.</param>
    public void Add(ReadOnlyMemory<byte> records) => _runs.Enqueue((records, _life!));

    /// <summary>Takes the calls up to the first whose turn is later.</summary>
    public void Read(long untilNs, List<HostEvent> events)
    {
        int first = events.Count;
        while (_runs.TryPeek(out var run))
        {
            ReadOnlySpan<byte> all = run.Records.Span;
            while (_used < all.Length)
            {
                ReadOnlySpan<byte> records = all[_used..];
                ref readonly CallRecord record = ref MemoryMarshal.AsRef<CallRecord>(records);
                int bytes = WireRecord.GroupBytes(record.Flags);
                if (!WireRecord.IsCall(record.Op))
                    Note(records[..bytes]);
                else if (EffectNs(record) <= untilNs)
                    Append(events, first, ToEvent(run.Life, record, records[..bytes]));
                else
                    return;
                _used += bytes;
            }
            _runs.Dequeue();
            _used = 0;
        }
    }

    private static long EffectNs(in CallRecord record) =>
        ((Operation)record.Op).TakesEffectAtExit() ? ExitNs(record) : (long)record.Enter;

    private static long ExitNs(in CallRecord record) => (long)(record.Enter + (record.DurationErrno & WireRecord.DurationMask));

    /// <summary>In the order of their numbers: a signal handler's calls are recorded before the fork that they interrupted.</summary>
    private static void Append(List<HostEvent> events, int first, HostEvent call)
    {
        events.Add(call);
        for (int i = events.Count - 1; i > first && events[i - 1].Sequence > call.Sequence; i--)
            (events[i - 1], events[i]) = (call, events[i - 1]);
    }

    private void Note(ReadOnlySpan<byte> records)
    {
        switch (WireRecord.Op(records))
        {
            case WireRecord.MarkOp:
                _marks.Add((MemoryMarshal.AsRef<MarkRecord>(records).Sequence, MarkReader.Read(records)));
                break;
            case WireRecord.ContextOp:
                ref readonly ContextRecord context = ref MemoryMarshal.AsRef<ContextRecord>(records);
                if (context.What == ContextRecord.Current)
                    _context = context.Context;
                break;
            case WireRecord.LostOp:
                _context = 0; // what was declared meanwhile is lost with the calls
                break;
            case WireRecord.ChildOp:
                _childPid = (int)MemoryMarshal.AsRef<ChildRecord>(records).Pid;
                break;
        }
    }

    private HostEvent ToEvent(ThreadLife life, in CallRecord record, ReadOnlySpan<byte> records)
    {
        ushort arena = Run.Arena;
        bool passes = ((Operation)record.Op).PassesBytes();
        var call = new HostEvent
        {
            Thread = life,
            Sequence = record.Sequence,
            Operation = (Operation)record.Op,
            Flags = (EventTraits)(record.Flags & ~WireRecord.ContinuationMask),
            EnterNs = (long)record.Enter,
            ExitNs = ExitNs(record),
            Errno = (int)(record.DurationErrno >> 48),
            Result = record.Result,
            Arg0 = record.Arg0,
            Arg1 = passes ? (int)record.Arg1 : record.Arg1,
            Arg2 = record.Arg2,
            Channel = channels.Of(arena, record),
            Bytes = record.Length,
            Detail = DetailOf(arena, record, records, passes),
        };
        channels.Use(arena, (record.Flags & WireRecord.ChildFlag) != 0 ? _childPid : life.Pid, record);
        LastNs = call.EnterNs;
        return call;
    }

    private EventDetail? DetailOf(ushort arena, in CallRecord record, ReadOnlySpan<byte> records, bool passes)
    {
        bool isChild = (record.Flags & WireRecord.ChildFlag) != 0;
        if (records.Length == WireRecord.Bytes && !passes && !isChild && _context == 0 && _marks.Count == 0)
            return null;
        CallPeer peer = CallPeer.Read(record, records);
        return new EventDetail
        {
            Path = peer.Path,
            Peer = peer.Address,
            Source = passes ? channels.Of(arena, (uint)(record.Arg1 >> 32)) : null,
            Context = _context,
            Marks = TakeMarks(record.Sequence),
            ChildPid = isChild ? _childPid : 0,
        };
    }

    /// <summary>Marks stand before their call; those whose call was lost are left out.</summary>
    private MessageMark[] TakeMarks(uint sequence)
    {
        if (_marks.Count == 0)
            return [];
        var marks = new MessageMark[_marks.Count];
        int count = 0;
        foreach ((uint of, MessageMark mark) in _marks)
        {
            if (of == sequence)
                marks[count++] = mark;
        }
        _marks.Clear();
        return count == marks.Length ? marks : marks[..count];
    }
}
