using System.Runtime.InteropServices;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// The newest word on every object that applications told of while no session recorded, so that a session can begin with it.
/// Bounded: the objects that were told of longest ago are forgotten first.
/// </summary>
internal sealed class ObjectTable
{
    private const int MaxObjects = 65536;

    private readonly Dictionary<(ushort Arena, uint Number), byte[]> _records = [];
    private readonly Queue<(ushort Arena, uint Number)> _order = [];

    /// <param name="record">An OBJECT record with its continuations.</param>
    public void Learn(ushort arena, ReadOnlySpan<byte> record)
    {
        var key = (arena, MemoryMarshal.AsRef<ObjectRecord>(record).ObjectNumber);
        if (!_records.ContainsKey(key))
        {
            _order.Enqueue(key);
            if (_order.Count > MaxObjects)
                _records.Remove(_order.Dequeue());
        }
        _records[key] = record.ToArray();
    }

    /// <summary>All records, by arena.</summary>
    public IEnumerable<(ushort Arena, byte[] Record)> All() => _records.Select(r => (r.Key.Arena, r.Value));
}
