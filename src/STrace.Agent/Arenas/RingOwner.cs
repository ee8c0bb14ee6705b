using System.Buffers;
using System.Text;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>What the drain thread knows of the thread that owns a ring, from the ring's claim to its release.</summary>
internal sealed class RingOwner
{
    private readonly byte[] _header;
    private long _startTicks;

    /// <param name="lost">Calls that the ring had lost before this agent read it.</param>
    /// <param name="since">What the owner did before is known; ticks.</param>
    public RingOwner(uint slot, RecordRun run, ObjectTable objects, ulong tail, ulong lost, ulong since)
    {
        (Slot, Run, Objects, Tail, LostTold, LostCounted) = (slot, run, objects, tail, lost, lost);
        Progress = new RingProgress(since);
        var header = new ArrayBufferWriter<byte>();
        run.Write(header, []);
        _header = header.WrittenSpan.ToArray();
        _startTicks = StartTicks();
    }

    public uint Slot { get; }

    public RecordRun Run { get; }

    /// <summary>The objects of its arena.</summary>
    public ObjectTable Objects { get; }

    /// <summary>The run's header, without a number of records.</summary>
    public ReadOnlySpan<byte> RunHeader => _header;

    /// <summary>Records read since the ring was claimed.</summary>
    public ulong Tail { get; set; }

    /// <summary>Number of the last call that was read, or read to be lost.</summary>
    public uint LastSequence { get; set; }

    /// <summary>Calls that LOST records told of.</summary>
    public ulong LostTold { get; set; }

    /// <summary>Calls that are in the agent's count of lost ones.</summary>
    public ulong LostCounted { get; set; }

    public RingProgress Progress { get; }

    /// <summary>Whether a thread of its number exists. Cheap; a number can have been given to another one since.</summary>
    public bool IsThere => !HostLibrary.IsGone(Run.Pid, Run.Tid);

    /// <summary>Whether it lives: a thread of its number exists, is no zombie and began when it did.</summary>
    public bool IsAlive => Run.Pid == 0 || (StartTicks() is var start && start != 0 && start == (_startTicks = _startTicks == 0 ? start : _startTicks));

    /// <summary>When the thread began, in the kernel's clock ticks since boot (proc(5), /proc/PID/stat, field 22); 0 when it has ended.</summary>
    private long StartTicks()
    {
        Span<byte> stat = stackalloc byte[512];
        try
        {
            using var file = File.OpenHandle($"/proc/{Run.Pid}/task/{Run.Tid}/stat");
            stat = stat[..RandomAccess.Read(file, stat, 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
        // The second field is the program's name in parentheses, which may hold anything.
        string[] fields = Encoding.ASCII.GetString(stat[(stat.LastIndexOf((byte)')') + 2)..]).Split(' ');
        return fields is ["Z" or "X", ..] || fields.Length < 20 ? 0 : long.Parse(fields[19]);
    }
}
