using System.Runtime.InteropServices;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>
/// Reads the blocks of one agent and joins what the wire keeps apart: calls with their objects, paths with their calls. Blocks are
/// added in the order of the agent's numbers, a snapshot of objects at any time. A thread may use an object before the block that
/// tells what it is: what was added is read as far as is known to be complete, or at the end. For one thread.
/// </summary>
public sealed class HostEventReader(string host, Guid agent)
{
    private const int ArenaShift = 48;
    private const long QuietNs = 30_000_000_000; // a ring that is silent for so long is made anew when it speaks again

    private readonly ChannelTable _channels = new(host);
    private readonly Dictionary<ulong, RingReader> _rings = [];
    private readonly List<RingReader> _waiting = []; // rings with records that are not read
    private readonly TimeQueue<ThreadOrigin> _threads = new();
    private readonly TimeQueue<EventLoss> _losses = new();
    private readonly TimeQueue<(RecordRun Run, ContextRecord Record)> _sends = new();
    private readonly Dictionary<int, long> _ended = []; // when, by process; since the last sweep
    private int _unread; // calls
    private long _sweptNs;

    /// <summary>Takes one block's payload, which must stay as it is until it was read.</summary>
    /// <exception cref="AgentProtocolException">The payload is cut off or not of this format; what stood before it is kept.</exception>
    public void Add(ReadOnlyMemory<byte> payload)
    {
        ReadOnlySpan<byte> rest = payload.Span;
        while (RecordRun.TryTake(ref rest, out ReadOnlySpan<byte> header, out ReadOnlySpan<byte> records))
        {
            RingReader ring = RingOf(header);
            RecordRun run = ring.Run;
            int start = payload.Length - rest.Length - records.Length;
            int used = 0;
            try
            {
                while (used < records.Length)
                    used += AddRecord(run, records[used..]);
            }
            finally
            {
                if (ring.IsEmpty)
                    _waiting.Add(ring);
                ring.Add(payload.Slice(start, used));
            }
        }
    }

    /// <summary>Everything that was added and not read before.</summary>
    public HostRecords Read() => Read(long.MaxValue);

    /// <summary>
    /// What had its turn until then and was not read before: of a ring in order, up to its first call of a later effect. Nothing that
    /// is added afterwards may be earlier. Channels are the same instances in all that is read, and learn on.
    /// </summary>
    /// <param name="untilNs">By the host's clock, ns since the epoch.</param>
    public HostRecords Read(long untilNs)
    {
        _channels.Learn(untilNs);
        var events = new List<HostEvent>(_unread);
        foreach (RingReader ring in _waiting)
            ring.Read(untilNs, events);
        _waiting.RemoveAll(ring => ring.IsEmpty);
        _unread -= events.Count;
        var read = new HostRecords(events, _threads.Take(untilNs), _losses.Take(untilNs), Sends(untilNs));
        if (untilNs != long.MaxValue)
            Forget(untilNs);
        return read;
    }

    private List<DeclaredSend> Sends(long untilNs)
    {
        var sends = new List<DeclaredSend>();
        foreach (var (run, record) in _sends.Take(untilNs))
        {
            if (_channels.Of(run.Arena, record.ObjectNumber) is { } channel)
                sends.Add(new DeclaredSend(host, agent, run.Pid, channel, (long)record.Time, (long)record.ByteCount, record.Context));
        }
        return sends;
    }

    private void Forget(long untilNs)
    {
        foreach ((int pid, long timeNs) in _channels.Forget(untilNs))
            _ended[pid] = timeNs;
        if (untilNs - _sweptNs < QuietNs)
            return;
        _sweptNs = untilNs;
        foreach ((ulong number, RingReader ring) in _rings)
        {
            bool isOver = ring.IsPlain || (ring.IsEmpty && _ended.TryGetValue(ring.Run.Pid, out long endNs) && ring.LastNs <= endNs);
            if (isOver && ring.LastNs < untilNs - QuietNs)
                _rings.Remove(number);
        }
        _ended.Clear();
    }

    /// <summary>Takes what is told of the host as a whole; the ring's own is read in its turn.</summary>
    /// <returns>Bytes used: the record and its continuations.</returns>
    private int AddRecord(in RecordRun run, ReadOnlySpan<byte> records)
    {
        ref readonly CallRecord record = ref MemoryMarshal.AsRef<CallRecord>(records);
        if (record.Op == WireRecord.ContinuationOp)
            throw new AgentProtocolException($"run of {run.Program}[{run.Tid}] has a continuation that continues nothing");
        int used = WireRecord.GroupBytes(record.Flags);
        if (used > records.Length)
            throw new AgentProtocolException($"run of {run.Program}[{run.Tid}] ends within the continuations of call {record.Sequence}");
        if (WireRecord.IsCall(record.Op))
            _unread++;
        else
            AddOther(run, records[..used]);
        return used;
    }

    private void AddOther(in RecordRun run, ReadOnlySpan<byte> group)
    {
        ulong ring = NumberOf(run.Arena, run.Generation);
        switch (WireRecord.Op(group))
        {
            case WireRecord.ObjectOp:
                _channels.Add(run.Arena, run.Pid, MemoryMarshal.AsRef<ObjectRecord>(group),
                    ContinuationRecord.Join(group, stackalloc byte[ContinuationRecord.LongestBytes]));
                break;
            case WireRecord.ThreadOp:
                ref readonly ThreadRecord thread = ref MemoryMarshal.AsRef<ThreadRecord>(group);
                _threads.Add((long)thread.Time, new ThreadOrigin(
                    host, ring, run.Pid, run.Tid, (long)thread.Time, NumberOf(run.Arena, thread.ParentGeneration), thread.ParentSequence,
                    thread.Pthread));
                break;
            case WireRecord.LostOp:
                ref readonly CallRecord lost = ref MemoryMarshal.AsRef<CallRecord>(group);
                _losses.Add((long)lost.Enter, new EventLoss(host, ring, run.Tid, (uint)lost.Arg0, (uint)lost.Arg1, (long)lost.Enter));
                break;
            case WireRecord.ContextOp:
                ref readonly ContextRecord context = ref MemoryMarshal.AsRef<ContextRecord>(group);
                if (context.What != ContextRecord.Current)
                    _sends.Add((long)context.Time, (run, context));
                break;
        }
    }

    /// <summary>Rings are numbered by their arena; an agent has one arena a user.</summary>
    private static ulong NumberOf(ushort arena, ulong generation) => ((ulong)arena << ArenaShift) | generation;

    private RingReader RingOf(ReadOnlySpan<byte> header)
    {
        ulong number = NumberOf(RecordRun.ArenaOf(header), RecordRun.GenerationOf(header));
        if (!_rings.TryGetValue(number, out RingReader? ring))
            _rings[number] = ring = new RingReader(host, agent, number, _channels);
        ring.Begin(header);
        return ring;
    }
}
