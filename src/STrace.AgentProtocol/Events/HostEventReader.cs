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

    private readonly record struct Call(RecordRun Run, CallRecord Record, string? Path);

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
    public (IReadOnlyList<HostEvent> Events, IReadOnlyList<ThreadOrigin> Threads, IReadOnlyList<EventLoss> Losses) Read()
    {
        _channels.Resolve();
        var events = new HostEvent[_calls.Count];
        for (int i = 0; i < events.Length; i++)
            events[i] = ToEvent(_calls[i]);
        return (events, _threads, _losses);
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
                _losses.Add(new EventLoss(
                    host, Ring(run.Arena, run.Generation), run.Tid, (uint)record.Arg0, (uint)record.Arg1, (long)record.Enter));
                break;
            default:
                _calls.Add(new Call(run, record, more.IsEmpty ? null : Encoding.UTF8.GetString(more)));
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

    private HostEvent ToEvent(in Call call)
    {
        CallRecord record = call.Record;
        Channel? channel = _channels.Of(call.Run.Arena, record);
        return new HostEvent
        {
            Host = host,
            Agent = agent,
            Ring = Ring(call.Run.Arena, call.Run.Generation),
            Sequence = record.Sequence,
            Pid = call.Run.Pid,
            Tid = call.Run.Tid,
            Ppid = call.Run.Ppid,
            Program = call.Run.Program,
            Operation = (Operation)record.Op,
            Flags = (EventTraits)(record.Flags & ~WireRecord.ContinuationMask),
            EnterNs = (long)record.Enter,
            ExitNs = (long)(record.Enter + (record.DurationErrno & WireRecord.DurationMask)),
            Errno = (int)(record.DurationErrno >> 48),
            Result = record.Result,
            Arg0 = record.Arg0,
            Arg1 = record.Arg1,
            Arg2 = record.Arg2,
            Channel = channel,
            Bytes = record.Length,
            Path = call.Path ?? (channel?.Kind == ChannelKind.File ? channel.Path : null),
        };
    }
}
