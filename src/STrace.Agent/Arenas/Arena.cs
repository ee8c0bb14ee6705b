using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// The shared-memory rings of one user's applications. The agent makes it, the applications write, the drain thread alone reads.
/// </summary>
internal sealed unsafe class Arena : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;

    // The header has them too, but applications can write there.
    private readonly uint _slots;
    private readonly uint _records;

    /// <summary>Number of the arena in this run of the agent.</summary>
    public ushort Number { get; }

    public string Path { get; }
    public long Bytes { get; }

    public Arena(ushort number, string path, uint uid, uint gid, AgentOptions options, TickClock clock)
    {
        Number = number;
        Path = path;
        Bytes = ArenaHeader.Bytes + options.Rings * (RingHeader.Bytes + (long)options.RecordsPerRing * WireRecord.Bytes);
        int descriptor = HostLibrary.ArenaCreate(path, uid, gid, (ulong)Bytes);
        if (descriptor < 0)
            throw new AgentException($"cannot make the arena {path} of {Bytes >> 20} MB: {STrace.Model.LinuxErrno.Describe(-descriptor)}");

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        _file = MemoryMappedFile.CreateFromFile(handle, null, Bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, Bytes);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);

        Header->Version = ArenaHeader.WireVersion;
        Header->TotalBytes = (ulong)Bytes;
        Header->Slots = _slots = options.Rings;
        Header->Records = _records = options.RecordsPerRing;
        Header->Clock = clock.Clock;
        Header->Policy = ArenaHeader.PolicyBlock;
        Header->AgentAlive = 1;
        Header->BlockTicks = (ulong)(options.BlockDeadline.TotalNanoseconds / clock.NsPerTick);
        Header->Heartbeat = clock.Sample();
        Header->NextGeneration = 1;
        Header->NextObject = 1;
        Volatile.Write(ref Header->Magic, ArenaHeader.WireMagic);
    }

    private ArenaHeader* Header => (ArenaHeader*)_base;

    /// <summary>Threads that found no free ring and run unrecorded.</summary>
    public uint NoSlot => Volatile.Read(ref Header->NoSlot);

    public void Arm(bool armed) => Volatile.Write(ref Header->Armed, armed ? 1u : 0u);

    public void Beat(ulong ticks) => Volatile.Write(ref Header->Heartbeat, ticks);

    /// <summary>Takes what every ring holds. <paramref name="freeDead"/>: also look for owners that died without saying so.</summary>
    public bool Drain(IRecordSink sink, bool freeDead)
    {
        bool any = false;
        for (uint slot = 0; slot < _slots; slot++)
        {
            RingHeader* ring = Ring(slot);
            if (Volatile.Read(ref ring->State) == RingHeader.Free)
                continue;

            // Read before the head: a dead owner's last record is then surely in what is drained below.
            bool dead = Volatile.Read(ref ring->Ended) != 0 || (freeDead && !IsAlive(ring));
            any |= DrainRing(slot, ring, sink);
            if (dead)
                Release(ring);
        }
        return any;
    }

    /// <summary>Tells the applications that nobody will drain any more, and takes the arena's name away; mappings stay valid.</summary>
    public void Dispose()
    {
        Arm(false);
        Volatile.Write(ref Header->AgentAlive, 0);
        File.Delete(Path);
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private RingHeader* Ring(uint slot) => (RingHeader*)(_base + ArenaHeader.Bytes + slot * (long)RingHeader.Bytes);

    private bool DrainRing(uint slot, RingHeader* ring, IRecordSink sink)
    {
        ulong generation = Volatile.Read(ref ring->Generation);
        ulong head = Volatile.Read(ref ring->Head);
        ulong tail = ring->Tail;
        if (generation == 0 || head == tail)
            return false;
        if (head - tail > _records)
        {
            ring->Tail = head; // no libwrapper writes this: the application has overwritten its ring
            return false;
        }

        var run = new RecordRun(generation, (int)ring->Pid, (int)ring->Tid, (int)ring->Ppid, Number, Program(ring));
        byte* first = _base + ArenaHeader.Bytes + _slots * (long)RingHeader.Bytes + slot * (long)_records * WireRecord.Bytes;
        uint start = (uint)(tail & (_records - 1));
        int count = (int)(head - tail);
        int untilEnd = (int)Math.Min((uint)count, _records - start);

        // A group of continuations may lie across the ring's end, so both parts are handed over as one.
        byte[] copy = GC.AllocateUninitializedArray<byte>(count * WireRecord.Bytes);
        new ReadOnlySpan<byte>(first + (long)start * WireRecord.Bytes, untilEnd * WireRecord.Bytes).CopyTo(copy);
        new ReadOnlySpan<byte>(first, (count - untilEnd) * WireRecord.Bytes).CopyTo(copy.AsSpan(untilEnd * WireRecord.Bytes));
        Volatile.Write(ref ring->Tail, head);
        sink.Accept(run, copy);
        return true;
    }

    private static string Program(RingHeader* ring) => Encoding.UTF8.GetString(
        MemoryMarshal.CreateReadOnlySpanFromNullTerminated(ring->Program) is { Length: < RingHeader.ProgramBytes } name
            ? name
            : new ReadOnlySpan<byte>(ring->Program, RingHeader.ProgramBytes - 1));

    private static bool IsAlive(RingHeader* ring) => ring->Pid == 0 || Directory.Exists($"/proc/{ring->Pid}/task/{ring->Tid}");

    private static void Release(RingHeader* ring)
    {
        if (Volatile.Read(ref ring->Head) != ring->Tail)
            return; // more came meanwhile; the next pass takes it
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
