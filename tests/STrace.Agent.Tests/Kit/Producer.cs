using System.IO.MemoryMappedFiles;
using STrace.AgentProtocol;

namespace STrace.Agent.Tests;

/// <summary>An application's side of an arena, through the file, as libwrapper does it.</summary>
internal sealed unsafe class Producer : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _base;

    public Producer(string path)
    {
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        _view = _file.CreateViewAccessor();
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _base);
    }

    public ref ArenaHeader Arena => ref *(ArenaHeader*)_base;

    public ref RingHeader Ring(uint slot) => ref *(RingHeader*)(_base + ArenaHeader.Bytes + slot * RingHeader.Bytes);

    public bool IsArmed => Volatile.Read(ref Arena.Armed) == 1;

    /// <summary>Takes a free ring for a thread, this process's main thread unless told.</summary>
    public void Claim(uint slot, string program = "app", int? pid = null)
    {
        ref RingHeader ring = ref Ring(slot);
        if (Interlocked.CompareExchange(ref ring.State, 1, RingHeader.Free) != RingHeader.Free)
            throw new InvalidOperationException($"ring {slot} is not free");
        ring.Pid = ring.Tid = (uint)(pid ?? Environment.ProcessId);
        ring.Ppid = 1;
        fixed (byte* name = ring.Program)
        {
            new Span<byte>(name, RingHeader.ProgramBytes).Clear();
            System.Text.Encoding.UTF8.GetBytes(program, new Span<byte>(name, RingHeader.ProgramBytes));
        }
        Volatile.Write(ref ring.Generation, Interlocked.Increment(ref Arena.NextGeneration) - 1);
    }

    /// <summary>Writes records and publishes them together.</summary>
    public void Publish(uint slot, byte[] records)
    {
        ref RingHeader ring = ref Ring(slot);
        byte* first = _base + ArenaHeader.Bytes + Arena.Slots * RingHeader.Bytes + slot * Arena.Records * WireRecord.Bytes;
        ulong head = ring.Head;
        for (int i = 0; i < records.Length; i += WireRecord.Bytes, head++)
            records.AsSpan(i, WireRecord.Bytes).CopyTo(new Span<byte>(first + (head & (Arena.Records - 1)) * WireRecord.Bytes, WireRecord.Bytes));
        Volatile.Write(ref ring.Head, head);
    }

    public void End(uint slot) => Volatile.Write(ref Ring(slot).Ended, 1);

    public void Dispose()
    {
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
