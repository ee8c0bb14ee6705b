namespace STrace.Manager;

/// <summary>What came and was not taken yet, bounded by bytes. Who gives never waits. Any thread gives, one takes.</summary>
internal sealed class LiveQueue(long mostBytes)
{
    private readonly object _gate = new(); // that Monitor can wait at
    private readonly Queue<LiveItem> _items = [];
    private long _bytes;
    private bool _closed;

    public bool IsClosed
    {
        get
        {
            lock (_gate)
                return _closed;
        }
    }

    /// <summary>What waits.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _bytes;
        }
    }

    /// <returns>False where it does not fit, or nothing more is taken.</returns>
    public bool TryAdd(LiveItem item)
    {
        lock (_gate)
        {
            if (_closed || (item.Bytes > 0 && _bytes + item.Bytes > mostBytes))
                return false;
            _items.Enqueue(item);
            _bytes += item.Bytes;
            Monitor.Pulse(_gate);
            return true;
        }
    }

    /// <returns>Null when nothing came in time, or nothing more will.</returns>
    public LiveItem? Take(TimeSpan patience)
    {
        lock (_gate)
        {
            if (_items.Count == 0 && !_closed)
                Monitor.Wait(_gate, patience);
            if (!_items.TryDequeue(out LiveItem? item))
                return null;
            _bytes -= item.Bytes;
            return item;
        }
    }

    /// <summary>Takes nothing more.</summary>
    /// <returns>What had not been taken.</returns>
    public IReadOnlyList<LiveItem> Close()
    {
        lock (_gate)
        {
            LiveItem[] left = [.. _items];
            _items.Clear();
            (_closed, _bytes) = (true, 0);
            Monitor.Pulse(_gate);
            return left;
        }
    }
}
