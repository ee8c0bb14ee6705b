namespace STrace.AgentProtocol;

/// <summary>
/// What holds for a ring's calls from one sequence number to the next entry: the declared context, or the vfork child's pid.
/// Entries are added in any order.
/// </summary>
internal sealed class RingHistory<T>
{
    private readonly List<(uint Sequence, ulong Time, T Value)> _entries = [];
    private bool _sorted = true;

    public void Add(uint sequence, ulong time, T value)
    {
        _entries.Add((sequence, time, value));
        _sorted = false;
    }

    /// <summary>The last entry made before the call of this number; the default when there is none.</summary>
    public T? Before(uint sequence)
    {
        if (!_sorted)
            _entries.Sort((a, b) => (a.Sequence, a.Time).CompareTo((b.Sequence, b.Time)));
        _sorted = true;
        int low = 0, high = _entries.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_entries[middle].Sequence < sequence)
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 ? _entries[low - 1].Value : default;
    }
}
