using System.Runtime.InteropServices;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// The newest word on every object of an arena, so that a session can begin with it. It lies in shared memory beside the arena: an
/// agent that is started again goes on with it. Owned by the drain thread.
/// Bounded: first those are forgotten whose descriptor its process has told to be something else since, then the oldest.
/// <code>
///  file: MaxObjects entries of 448 bytes:  OBJECT record, times in ns (op is 0 while it is written) | up to 6 continuations
/// </code>
/// </summary>
internal sealed unsafe class ObjectTable : IDisposable
{
    public const int MaxObjects = 32768;
    private const int MaxContinuations = 6;
    private const int EntryBytes = (1 + MaxContinuations) * WireRecord.Bytes;

    private readonly SharedMemory _memory;
    private readonly Dictionary<uint, int> _entries = [];
    private readonly Dictionary<(int Pid, int Fd), int> _descriptors = [];
    private readonly (int Pid, int Fd)[] _descriptorOf = new (int, int)[MaxObjects];
    private readonly Queue<int> _closed = [];
    private int _next;

    /// <summary>A new table, or the one that an earlier agent left at this path.</summary>
    public ObjectTable(ushort arena, string path)
    {
        Arena = arena;
        const long Bytes = (long)MaxObjects * EntryBytes;
        SharedMemory? left = SharedMemory.Open(path, HostLibrary.EffectiveUser());
        if (left is not { Bytes: Bytes })
        {
            left?.Dispose();
            File.Delete(path); // whatever stands there
            left = SharedMemory.Create(path, HostLibrary.EffectiveUser(), HostLibrary.EffectiveGroup(), Bytes);
        }
        _memory = left;
        for (int entry = 0; entry < MaxObjects; entry++)
        {
            if (At(entry)->Op == WireRecord.ObjectOp)
            {
                _entries[At(entry)->ObjectNumber] = entry;
                _next = (entry + 1) % MaxObjects;
            }
        }
    }

    /// <summary>Number of the arena in this run of the agent.</summary>
    public ushort Arena { get; }

    public int Count => _entries.Count;

    /// <param name="pid">Whose descriptor told of it.</param>
    /// <param name="group">An OBJECT record with its continuations.</param>
    public void Learn(int pid, ReadOnlySpan<byte> group)
    {
        ref readonly ObjectRecord record = ref MemoryMarshal.AsRef<ObjectRecord>(group);
        if (!_entries.TryGetValue(record.ObjectNumber, out int entry))
            _entries[record.ObjectNumber] = entry = Free();
        Write(entry, group[..Math.Min(group.Length, EntryBytes)]);

        var descriptor = (pid, record.Fd);
        if (_descriptors.TryGetValue(descriptor, out int before) && before != entry)
            _closed.Enqueue(before);
        _descriptors[descriptor] = entry;
        _descriptorOf[entry] = descriptor;
    }

    /// <summary>Every object: its record with its continuations. Valid until the next is learnt.</summary>
    public void ForEach(ReadOnlySpanAction action)
    {
        foreach (int entry in _entries.Values)
            action(new ReadOnlySpan<byte>(At(entry), (1 + (At(entry)->Flags & WireRecord.ContinuationMask)) * WireRecord.Bytes));
    }

    public delegate void ReadOnlySpanAction(ReadOnlySpan<byte> group);

    /// <param name="forget">Take the file away.</param>
    public void Dispose(bool forget) => _memory.Dispose(forget);

    public void Dispose() => Dispose(forget: false);

    private ObjectRecord* At(int entry) => (ObjectRecord*)(_memory.Base + (long)entry * EntryBytes);

    private void Write(int entry, ReadOnlySpan<byte> group)
    {
        ObjectRecord* at = At(entry);
        Volatile.Write(ref at->Op, 0); // an agent killed from here on leaves an entry that counts for nothing
        var whole = new Span<byte>(at, EntryBytes);
        group[..WireRecord.OpOffset].CopyTo(whole);
        group[(WireRecord.OpOffset + sizeof(ushort))..].CopyTo(whole[(WireRecord.OpOffset + sizeof(ushort))..]);
        int continuations = group.Length / WireRecord.Bytes - 1;
        at->Flags = (ushort)(at->Flags & ~WireRecord.ContinuationMask | continuations);
        Volatile.Write(ref at->Op, WireRecord.ObjectOp);
    }

    private int Free()
    {
        while (_entries.Count >= MaxObjects && _closed.TryDequeue(out int closed))
        {
            if (_descriptors.GetValueOrDefault(_descriptorOf[closed], closed) != closed)
                return Forget(closed);
        }
        int entry = _next;
        _next = (_next + 1) % MaxObjects;
        return At(entry)->Op == 0 ? entry : Forget(entry);
    }

    private int Forget(int entry)
    {
        _entries.Remove(At(entry)->ObjectNumber);
        if (_descriptors.TryGetValue(_descriptorOf[entry], out int newest) && newest == entry)
            _descriptors.Remove(_descriptorOf[entry]);
        return entry;
    }
}
