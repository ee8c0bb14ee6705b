using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// The threads that have an event to be walked over, the earliest first; at equal times what gives before what takes, then in a
/// fixed order. A binary heap.
/// </summary>
internal sealed class TurnQueue
{
    private Ring[] _rings = new Ring[16];

    public int Count { get; private set; }
    public Ring First => _rings[0];

    public void Add(Ring ring)
    {
        if (Count == _rings.Length)
            Array.Resize(ref _rings, Count * 2);
        int at = Count++;
        while (at > 0 && IsBefore(ring, _rings[(at - 1) / 2]))
        {
            _rings[at] = _rings[(at - 1) / 2];
            at = (at - 1) / 2;
        }
        _rings[at] = ring;
    }

    public void RemoveFirst()
    {
        Ring last = _rings[--Count];
        _rings[Count] = null!;
        if (Count > 0)
            Place(last);
    }

    /// <summary>Turns have changed.</summary>
    public void Reorder()
    {
        Ring[] rings = _rings[..Count];
        Count = 0;
        foreach (Ring ring in rings)
            Add(ring);
    }

    /// <summary>The first ring's turn has become a later one.</summary>
    public void FirstChanged() => Place(_rings[0]);

    private void Place(Ring ring)
    {
        int at = 0;
        for (int child = 1; child < Count; at = child, child = (2 * at) + 1)
        {
            if (child + 1 < Count && IsBefore(_rings[child + 1], _rings[child]))
                child++;
            if (!IsBefore(_rings[child], ring))
                break;
            _rings[at] = _rings[child];
        }
        _rings[at] = ring;
    }

    public static bool IsBefore(Ring a, Ring b)
    {
        if (a.TurnNs != b.TurnNs)
            return a.TurnNs < b.TurnNs;
        if (a.TurnTakes != b.TurnTakes)
            return b.TurnTakes;
        ThreadLife x = a.Life, y = b.Life;
        return x.Ring != y.Ring ? x.Ring < y.Ring : x.Agent.CompareTo(y.Agent) < 0;
    }
}
