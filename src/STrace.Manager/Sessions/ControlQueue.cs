using STrace.Control;

namespace STrace.Manager;

/// <summary>
/// The control messages of one session that are not in the store yet, gathered to blocks. Who adds only copies, and never waits: what does
/// not fit is counted. Any thread adds, one takes.
/// </summary>
internal sealed class ControlQueue
{
    /// <summary>64 MB.</summary>
    public const int MostBlocks = 64 * 1024 * 1024 / ControlBlock.Bytes;

    // Who takes looks this often, so that adding need not wake it; but it is woken when so many wait.
    private const int ManyBlocks = 32;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);

    private readonly object _gate = new(); // that Monitor can wait at
    private readonly Queue<ControlBlock> _full = [];
    private readonly Stack<ControlBlock> _free = [];
    private ControlBlock _open = new();
    private int _blocks = 1;
    private long _missed;
    private bool _ended;

    /// <summary>Messages that did not fit.</summary>
    public long Missed
    {
        get
        {
            lock (_gate)
                return _missed;
        }
    }

    public void Add(in ControlBurst burst)
    {
        lock (_gate)
        {
            if (_ended || _open.TryAdd(burst))
                return;
            if (Unused() is not { } next)
            {
                _missed += burst.Count;
                return;
            }
            _full.Enqueue(_open);
            _open = next;
            _open.TryAdd(burst);
            if (_full.Count == ManyBlocks)
                Monitor.Pulse(_gate);
        }
    }

    /// <summary>Waits a moment for messages.</summary>
    /// <returns>In the order in which they were added; to be given back. Null when all were taken and nothing follows.</returns>
    public ControlBlock? Take()
    {
        lock (_gate)
        {
            while (true)
            {
                if (_full.Count == 0 && !_ended)
                    Monitor.Wait(_gate, Gather);
                if (_full.TryDequeue(out ControlBlock? block))
                    return block;
                if (_open.Count > 0 && Unused() is { } next)
                {
                    block = _open;
                    _open = next;
                    return block;
                }
                if (_ended)
                    return null;
            }
        }
    }

    public void GiveBack(ControlBlock block)
    {
        block.Clear();
        lock (_gate)
            _free.Push(block);
    }

    /// <summary>Nothing that comes later belongs to the session.</summary>
    public void End()
    {
        lock (_gate)
        {
            _ended = true;
            Monitor.Pulse(_gate);
        }
    }

    private ControlBlock? Unused()
    {
        if (_free.TryPop(out ControlBlock? block))
            return block;
        if (_blocks == MostBlocks)
            return null;
        _blocks++;
        return new ControlBlock();
    }
}
