using System.Runtime.InteropServices;
using System.Text;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>How closely a pass over the rings looks for owners that died without saying so.</summary>
internal enum Look
{
    Away,

    /// <summary>Whether the quiet ones' threads still exist.</summary>
    Briefly,

    /// <summary>And are the same threads.</summary>
    Closely,
}

/// <summary>
/// The shared-memory rings of one user's applications. The agent makes it, the applications write, the drain thread alone reads.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    // Of an arena that is taken over: the application can have written anything into its header.
    private const uint MostSlots = 65536;
    private const uint MostRecords = 1 << 20;

    // Applications stop waiting for an agent that has not looked at its rings for so long.
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(2);

    private readonly SharedMemory _memory;
    private readonly AgentCounters _counters;
    private readonly List<RingOwner> _owners = [];
    private readonly uint _noSlotBefore;
    private readonly uint _attachFailedBefore;
    private ulong _seenGeneration;
    private ulong _looked; // at the calls in progress; ticks

    // The header has them too, but applications can write there.
    private readonly uint _slots;
    private readonly uint _records;

    /// <summary>A new one.</summary>
    /// <exception cref="AgentException">There is no memory for it.</exception>
    public Arena(ushort number, string path, uint uid, uint gid, AgentOptions options, TickClock clock, AgentCounters? counters = null)
        : this(number, SharedMemory.Create(path, uid, gid, SizeOf(options.Rings, options.RecordsPerRing)), clock, counters, options.Rings, options.RecordsPerRing)
    {
        Header->Version = ArenaHeader.WireVersion;
        Header->TotalBytes = (ulong)Bytes;
        Header->Slots = _slots;
        Header->Records = _records;
        Header->Clock = clock.Clock;
        Header->NextGeneration = 1;
        Header->NextObject = 1;
        Open(options, clock);
        Volatile.Write(ref Header->Magic, ArenaHeader.WireMagic);
    }

    private Arena(ushort number, SharedMemory memory, TickClock clock, AgentCounters? counters, uint slots, uint records)
    {
        _looked = clock.Sample();
        (Number, _memory, _counters, _slots, _records) = (number, memory, counters ?? new AgentCounters(), slots, records);
        (_noSlotBefore, _attachFailedBefore) = (Header->NoSlot, Header->AttachFailed);
        Objects = new ObjectTable(number, ObjectsPath(memory.Path));
    }

    /// <summary>Goes on with an arena that an agent before this one left, where it left off. Null when it cannot be used.</summary>
    /// <exception cref="AgentException">There is no memory to keep its objects.</exception>
    public static Arena? Adopt(ushort number, string path, uint uid, AgentOptions options, TickClock clock, AgentCounters counters)
    {
        if (SharedMemory.Open(path, uid) is not { } memory)
            return null;
        ArenaHeader header = memory.Bytes >= ArenaHeader.Bytes ? *(ArenaHeader*)memory.Base : default;
        if (header.Magic != ArenaHeader.WireMagic || header.Version != ArenaHeader.WireVersion || header.Clock != clock.Clock ||
            !uint.IsPow2(header.Records) || header.Records > MostRecords || header.Slots is 0 or > MostSlots || SizeOf(header.Slots, header.Records) != memory.Bytes)
        {
            memory.Dispose();
            return null;
        }
        var arena = new Arena(number, memory, clock, counters, header.Slots, header.Records);
        arena.FindOwners(adopting: true);
        arena.Arm(false);
        arena.Open(options, clock);
        return arena;
    }

    /// <summary>Number of the arena in this run of the agent.</summary>
    public ushort Number { get; }

    public string Path => _memory.Path;

    public long Bytes => _memory.Bytes;

    public ObjectTable Objects { get; }

    /// <summary>Rings that are owned by a thread.</summary>
    public int Owned => _owners.Count;

    /// <summary>Threads that found no free ring since this agent has the arena, and run unrecorded.</summary>
    public uint NoSlot => Volatile.Read(ref Header->NoSlot) - _noSlotBefore;

    /// <summary>Processes that were handed this arena and could not use it.</summary>
    public uint AttachFailed => Volatile.Read(ref Header->AttachFailed) - _attachFailedBefore;

    private ArenaHeader* Header => (ArenaHeader*)_memory.Base;

    public static string ObjectsPath(string path) => System.IO.Path.ChangeExtension(path, ".objects");

    public static long SizeOf(uint rings, uint records) => ArenaHeader.Bytes + rings * (RingHeader.Bytes + (long)records * WireRecord.Bytes);

    public void Arm(bool armed) => Volatile.Write(ref Header->Armed, armed ? 1u : 0u);

    public void Beat(ulong ticks) => Volatile.Write(ref Header->Heartbeat, ticks);

    /// <summary>Takes what every ring holds, and frees those whose owner has ended.</summary>
    /// <returns>The most records that one ring held.</returns>
    public int Drain(IRecordSink sink, Look look)
    {
        if (Volatile.Read(ref Header->NextGeneration) != _seenGeneration)
            FindOwners(adopting: false);
        if (look == Look.Briefly && _owners.Count < _slots / 2)
            look = Look.Away; // slots are not scarce: once a second is enough

        int most = 0;
        for (int i = _owners.Count - 1; i >= 0; i--)
        {
            RingOwner owner = _owners[i];
            RingHeader* ring = Ring(owner.Slot);
            int drained = DrainRing(owner, ring, sink);
            bool ended = Volatile.Read(ref ring->Ended) != 0 ||
                look != Look.Away && drained == 0 && !(look == Look.Briefly ? owner.IsThere : owner.IsAlive);
            most = Math.Max(most, drained);
            if (!ended)
                continue;
            DrainRing(owner, ring, sink); // what it wrote between being drained and being found dead
            CountLost(owner, ring, sink);
            Release(ring);
            _owners[i] = _owners[^1];
            _owners.RemoveAt(_owners.Count - 1);
        }
        return most;
    }

    /// <summary>Looks at every ring's call in progress, before a pass that drains them.</summary>
    /// <param name="now">The time before the look; ticks.</param>
    /// <param name="oldest">A call that began before it is not waited for, and counted.</param>
    /// <returns>Behind that pass nothing follows that has its effect earlier; ticks, at most <paramref name="now"/>.</returns>
    public ulong LookAtCalls(ulong now, ulong oldest)
    {
        if (Volatile.Read(ref Header->NextGeneration) != _seenGeneration)
            FindOwners(adopting: false);
        ulong known = now;
        foreach (RingOwner owner in _owners)
        {
            ulong own = owner.Progress.Look(Ring(owner.Slot), owner.LostTold, now);
            if (own >= oldest)
                known = Math.Min(known, own);
            else if (owner.Progress.PassOver(own))
                _counters.CallsPassedOver++;
        }
        _looked = now;
        return known;
    }

    /// <summary>
    /// Tells the applications that nobody drains any more. Where some still run, the arena is left to the agent that will be started next.
    /// </summary>
    public void Dispose()
    {
        Arm(false);
        Volatile.Write(ref Header->AgentAlive, 0);
        bool forget = !MappedFiles.IsMappedByAnother(Path);
        Objects.Dispose(forget);
        _memory.Dispose(forget);
    }

    private void Open(AgentOptions options, TickClock clock)
    {
        Header->Policy = options.DropWhenFull ? ArenaHeader.PolicyDrop : ArenaHeader.PolicyBlock;
        Header->BlockTicks = (ulong)(options.BlockDeadline.TotalNanoseconds / clock.NsPerTick);
        Header->StaleTicks = (ulong)(Stale.TotalNanoseconds / clock.NsPerTick);
        Header->Marks = options.Marks ? 1u : 0u;
        Header->SummaryBytes = options.SummaryBytes;
        Header->Heartbeat = clock.Sample();
        Volatile.Write(ref Header->AgentAlive, 1);
    }

    private RingHeader* Ring(uint slot) => (RingHeader*)(_memory.Base + ArenaHeader.Bytes + slot * (long)RingHeader.Bytes);

    /// <summary>
    /// Looks at all slots, which is done only when one was claimed: a claim takes the slot first and a generation then. An owner that
    /// has not yet filled in its name is found by the next pass.
    /// </summary>
    private void FindOwners(bool adopting)
    {
        ulong generation = Volatile.Read(ref Header->NextGeneration);
        HashSet<uint> known = [.. _owners.Select(o => o.Slot)];
        bool all = true;
        for (uint slot = 0; slot < _slots; slot++)
        {
            RingHeader* ring = Ring(slot);
            if (Volatile.Read(ref ring->State) == RingHeader.Free || known.Contains(slot))
                continue;
            if (Volatile.Read(ref ring->Generation) is var own && own == 0)
            {
                all = false;
                continue;
            }
            var run = new RecordRun(own, (int)ring->Pid, (int)ring->Tid, (int)ring->Ppid, Number, Program(ring));
            var owner = new RingOwner(slot, run, Objects, ring->Tail, adopting ? ring->Lost : 0, _looked);
            EndOtherRingOf(owner);
            _owners.Add(owner);
        }
        _seenGeneration = all ? generation : 0;
    }

    /// <summary>A thread writes into one ring: the older one is of the program that it replaced by exec.</summary>
    private void EndOtherRingOf(RingOwner owner)
    {
        foreach (RingOwner other in _owners)
        {
            if (other.Run.Pid == owner.Run.Pid && other.Run.Tid == owner.Run.Tid)
                Volatile.Write(ref Ring(other.Run.Generation < owner.Run.Generation ? other.Slot : owner.Slot)->Ended, 1);
        }
    }

    private int DrainRing(RingOwner owner, RingHeader* ring, IRecordSink sink)
    {
        ulong head = Volatile.Read(ref ring->Head);
        ulong tail = owner.Tail;
        if (head == tail)
            return 0;
        owner.Tail = head;
        if (head - tail > _records)
        {
            // No libwrapper writes this: the application has overwritten its ring.
            ring->Tail = head;
            _counters.RingsOverwritten++;
            return 0;
        }

        var records = (CallRecord*)(_memory.Base + ArenaHeader.Bytes + _slots * (long)RingHeader.Bytes) + owner.Slot * (long)_records;
        int start = (int)(tail & (_records - 1));
        int count = (int)(head - tail);
        int untilEnd = Math.Min(count, (int)_records - start);
        sink.Accept(owner, new RingSlice(new(records + start, untilEnd), new(records, count - untilEnd)));
        Volatile.Write(ref ring->Tail, head);
        CountLost(owner, ring);
        return count;
    }

    private void CountLost(RingOwner owner, RingHeader* ring)
    {
        ulong lost = Volatile.Read(ref ring->Lost);
        _counters.CallsLost += (long)(lost - owner.LostCounted);
        owner.LostCounted = lost;
    }

    /// <summary>At its end: what it lost and had no room to tell of lies behind the last call that it told of.</summary>
    private void CountLost(RingOwner owner, RingHeader* ring, IRecordSink sink)
    {
        CountLost(owner, ring);
        if (owner.LostCounted > owner.LostTold)
            sink.Lost(owner, owner.LastSequence + 1, owner.LastSequence + (uint)(owner.LostCounted - owner.LostTold));
    }

    private static string Program(RingHeader* ring) => Encoding.UTF8.GetString(
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(ring->Program) is { Length: < RingHeader.ProgramBytes } name
            ? name
            : new ReadOnlySpan<byte>(ring->Program, RingHeader.ProgramBytes - 1));

    private static void Release(RingHeader* ring)
    {
        ring->Generation = 0;
        ring->Ended = 0;
        ring->Pid = ring->Tid = 0;
        ring->Lost = 0;
        ring->Sequence = 0;
        ring->CallOp = 0;
        ring->Head = ring->Tail = 0;
        Volatile.Write(ref ring->State, RingHeader.Free);
    }
}
