using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>
/// Reads the blocks of one agent and joins what the wire keeps apart: calls with their objects, paths with their calls. Blocks are
/// added in any order; nothing is resolved before all of them are there, because a thread may use an object before the block
/// that tells what it is.
/// </summary>
public sealed class HostEventReader(string host, Guid agent)
{
    private const int ArenaShift = 48;

    private readonly ChannelTable _channels = new(host);
    private readonly List<Call> _calls = [];
    private readonly List<ThreadOrigin> _threads = [];
    private readonly List<EventLoss> _losses = [];
    private readonly List<(RecordRun Run, ContextRecord Record)> _sends = [];
    private readonly Dictionary<ulong, RingHistory<ulong>> _contexts = [];
    private readonly Dictionary<ulong, RingHistory<int>> _children = [];
    private readonly Dictionary<(ulong Ring, uint Sequence), List<MessageMark>> _marks = [];
    private readonly Dictionary<RecordRun, ThreadLife> _lives = [];

    private readonly record struct Call(RecordRun Run, CallRecord Record, byte[] More);

    /// <summary>Takes one block's payload.</summary>
    /// <exception cref="AgentProtocolException">The payload is cut off or not of this format; what stood before it is kept.</exception>
    public void Add(ReadOnlySpan<byte> payload)
    {
        while (RecordRun.TryRead(ref payload, out RecordRun run, out ReadOnlySpan<byte> records))
        {
            while (!records.IsEmpty)
                records = records[AddRecord(run, records)..];
        }
    }

    /// <summary>Everything that was added, joined.</summary>
    public HostRecords Read()
    {
        _channels.Resolve();
        var events = new HostEvent[_calls.Count];
        for (int i = 0; i < events.Length; i++)
            events[i] = ToEvent(_calls[i]);
        return new HostRecords(events, _threads, _losses, Sends());
    }

    private List<DeclaredSend> Sends()
    {
        var sends = new List<DeclaredSend>();
        foreach (var (run, record) in _sends.OrderBy(s => s.Record.Time))
        {
            if (_channels.Of(run.Arena, record.ObjectNumber) is { } channel)
                sends.Add(new DeclaredSend(host, agent, run.Pid, channel, (long)record.Time, (long)record.ByteCount, record.Context));
        }
        return sends;
    }

    /// <returns>Bytes used: the record and its continuations.</returns>
    private int AddRecord(RecordRun run, ReadOnlySpan<byte> records)
    {
        ref readonly CallRecord record = ref MemoryMarshal.AsRef<CallRecord>(records);
        if (record.Op == WireRecord.ContinuationOp)
            throw new AgentProtocolException($"run of {run.Program}[{run.Tid}] has a continuation that continues nothing");
        int continuations = record.Flags & WireRecord.ContinuationMask;
        int used = (1 + continuations) * WireRecord.Bytes;
        if (used > records.Length)
            throw new AgentProtocolException($"run of {run.Program}[{run.Tid}] ends within the continuations of call {record.Sequence}");

        ReadOnlySpan<byte> more = continuations == 0 ? default : Continuation(records[WireRecord.Bytes..used]);
        switch (record.Op)
        {
            case WireRecord.ObjectOp:
                _channels.Add(run.Arena, MemoryMarshal.AsRef<ObjectRecord>(records), more);
                break;
            case WireRecord.ThreadOp:
                ref readonly ThreadRecord thread = ref MemoryMarshal.AsRef<ThreadRecord>(records);
                _threads.Add(new ThreadOrigin(
                    host, Ring(run.Arena, run.Generation), run.Pid, run.Tid, (long)thread.Time,
                    Ring(run.Arena, thread.ParentGeneration), thread.ParentSequence, thread.Pthread));
                break;
            case WireRecord.LostOp:
                // What was declared meanwhile is lost with the calls.
                Of(_contexts, Ring(run.Arena, run.Generation)).Add((uint)record.Arg1, record.Enter, 0);
                _losses.Add(new EventLoss(
                    host, Ring(run.Arena, run.Generation), run.Tid, (uint)record.Arg0, (uint)record.Arg1, (long)record.Enter));
                break;
            case WireRecord.MarkOp:
                ref readonly MarkRecord mark = ref MemoryMarshal.AsRef<MarkRecord>(records);
                Of(_marks, (Ring(run.Arena, run.Generation), mark.Sequence)).Add(MarkReader.Read(mark, more));
                break;
            case WireRecord.ContextOp:
                ref readonly ContextRecord context = ref MemoryMarshal.AsRef<ContextRecord>(records);
                if (context.What == ContextRecord.Current)
                    Of(_contexts, Ring(run.Arena, run.Generation)).Add(context.Sequence, context.Time, context.Context);
                else
                    _sends.Add((run, context));
                break;
            case WireRecord.ChildOp:
                ref readonly ChildRecord child = ref MemoryMarshal.AsRef<ChildRecord>(records);
                Of(_children, Ring(run.Arena, run.Generation)).Add(child.Sequence, child.Time, (int)child.Pid);
                break;
            default:
                _calls.Add(new Call(run, record, more.ToArray()));
                break;
        }
        return used;
    }

    private static byte[] Continuation(ReadOnlySpan<byte> records)
    {
        var bytes = new List<byte>(records.Length);
        foreach (ref readonly ContinuationRecord record in MemoryMarshal.Cast<byte, ContinuationRecord>(records))
            bytes.AddRange(record.Used);
        return [.. bytes];
    }

    /// <summary>Rings are numbered by their arena; an agent has one arena a user.</summary>
    private static ulong Ring(ushort arena, ulong generation) => ((ulong)arena << ArenaShift) | generation;

    private static TValue Of<TKey, TValue>(Dictionary<TKey, TValue> table, TKey key)
        where TKey : notnull
        where TValue : new()
    {
        if (!table.TryGetValue(key, out TValue? value))
            table[key] = value = new TValue();
        return value;
    }

    private HostEvent ToEvent(in Call call)
    {
        CallRecord record = call.Record;
        ulong ring = Ring(call.Run.Arena, call.Run.Generation);
        bool passes = ((Operation)record.Op).PassesBytes();
        return new HostEvent
        {
            Thread = LifeOf(call.Run),
            Sequence = record.Sequence,
            Operation = (Operation)record.Op,
            Flags = (EventTraits)(record.Flags & ~WireRecord.ContinuationMask),
            EnterNs = (long)record.Enter,
            ExitNs = (long)(record.Enter + (record.DurationErrno & WireRecord.DurationMask)),
            Errno = (int)(record.DurationErrno >> 48),
            Result = record.Result,
            Arg0 = record.Arg0,
            Arg1 = passes ? (int)record.Arg1 : record.Arg1,
            Arg2 = record.Arg2,
            Channel = _channels.Of(call.Run.Arena, record),
            Bytes = record.Length,
            Detail = DetailOf(call, ring, passes),
        };
    }

    private EventDetail? DetailOf(in Call call, ulong ring, bool passes)
    {
        CallRecord record = call.Record;
        bool isChild = (record.Flags & WireRecord.ChildFlag) != 0;
        ulong context = _contexts.TryGetValue(ring, out var contexts) ? contexts.Before(record.Sequence) : 0;
        bool isMarked = _marks.TryGetValue((ring, record.Sequence), out var marks);
        if (call.More.Length == 0 && !passes && !isChild && context == 0 && !isMarked)
            return null;
        CallPeer peer = (record.Flags & WireRecord.CallPeerFlag) != 0 ? CallPeer.Read(call.More) : new CallPeer(null, Text(call.More));
        return new EventDetail
        {
            Path = peer.Path,
            Peer = peer.Address,
            Source = passes ? _channels.Of(call.Run.Arena, (uint)(record.Arg1 >> 32)) : null,
            Context = context,
            Marks = isMarked ? marks! : [],
            ChildPid = isChild && _children.TryGetValue(ring, out var children) ? children.Before(record.Sequence) : 0,
        };
    }

    /// <summary>One instance a ring; a program that renames itself begins another.</summary>
    private ThreadLife LifeOf(in RecordRun run)
    {
        if (!_lives.TryGetValue(run, out ThreadLife? life))
        {
            _lives[run] = life = new ThreadLife
            {
                Host = host,
                Agent = agent,
                Ring = Ring(run.Arena, run.Generation),
                Pid = run.Pid,
                Tid = run.Tid,
                Ppid = run.Ppid,
                Program = run.Program,
            };
        }
        return life;
    }

    private static string? Text(byte[] bytes) => bytes.Length == 0 ? null : Encoding.UTF8.GetString(bytes);

    /// <summary>struct st_peer, and the path of a Unix socket behind it; or what else a call's continuations name.</summary>
    private readonly record struct CallPeer(Endpoint? Address, string? Path)
    {
        private const int PortOffset = 16;
        private const int FamilyOffset = 18;
        private const int Bytes = 20;
        private const ushort FamilyUnix = 1;

        public static CallPeer Read(byte[] more)
        {
            if (more.Length < Bytes)
                return default;
            if (BinaryPrimitives.ReadUInt16LittleEndian(more.AsSpan(FamilyOffset)) == FamilyUnix)
                return new CallPeer(null, Text(more[Bytes..]));
            ushort port = BinaryPrimitives.ReadUInt16LittleEndian(more.AsSpan(PortOffset));
            return new CallPeer(new Endpoint(IpAddress.FromBytes(more.AsSpan(0, PortOffset)), port), null);
        }
    }
}
