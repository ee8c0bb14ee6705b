namespace STrace.AgentProtocol;

/// <summary>Keeps what comes in any order until its time has passed.</summary>
internal sealed class TimeQueue<T>
{
    private readonly List<(long TimeNs, T Item)> _items = [];

    public void Add(long timeNs, T item) => _items.Add((timeNs, item));

    /// <summary>Takes what is of this time or earlier, in the order of time; of one time, as it came.</summary>
    public List<T> Take(long untilNs)
    {
        List<T> taken = [.. _items.Where(i => i.TimeNs <= untilNs).OrderBy(i => i.TimeNs).Select(i => i.Item)];
        if (taken.Count > 0)
            _items.RemoveAll(i => i.TimeNs <= untilNs);
        return taken;
    }

    /// <summary>The first that came and is still there; the default when none is.</summary>
    public T? Find(Predicate<T> match) => _items.Find(i => match(i.Item)).Item;
}
