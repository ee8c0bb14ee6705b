namespace STrace.Agent;

/// <summary>
/// What has been recorded and is not yet in the manager's store, in order. Those who record add, the one link takes and acknowledges.
/// Bounded: a few MB here and, where there is a disk for it, files there, which are used while the manager is away or slower than the
/// events. When both are full the newest blocks are dropped and counted, so that what is kept has no holes.
/// </summary>
/// <param name="maxBytes">Of the blocks in memory.</param>
/// <param name="disk">Older blocks than those in memory; null for none.</param>
internal sealed class Spool(long maxBytes, SpoolFiles? disk = null, AgentCounters? counters = null)
{
    private readonly AgentCounters _counters = counters ?? new AgentCounters();
    private readonly Lock _gate = new(); // of everything below
    private readonly Queue<(long Sequence, SpoolFrame Frame)> _memory = [];
    private TaskCompletionSource _added = NewSignal();
    private byte[]? _passed; // behind the newest block, and not lent yet
    private SpoolFrame? _lent; // to the link, until it asks for the next
    private bool _lentIsGone;
    private bool _away = true;
    private long _memoryBytes;
    private long _sequence = disk?.LastSequence ?? 0;

    /// <summary>Identity of this run of the agent, within which sequences count.</summary>
    public Guid Agent { get; } = disk?.Agent ?? Guid.NewGuid();

    public BufferPool Buffers { get; } = new();

    /// <summary>Records dropped since the agent started.</summary>
    public long Dropped => _counters.Dropped;

    /// <summary>Sequence of the newest block.</summary>
    public long Sequence => Interlocked.Read(ref _sequence);

    /// <summary>Bytes of the blocks that are not acknowledged.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _memoryBytes + (disk?.Bytes ?? 0);
        }
    }

    /// <summary>Blocks that are not acknowledged.</summary>
    public long Blocks
    {
        get
        {
            lock (_gate)
                return _memory.Count + (disk?.Blocks ?? 0);
        }
    }

    /// <summary>Whether everything has been acknowledged.</summary>
    public bool IsEmpty => Blocks == 0;

    /// <summary>Gives the block its sequence and keeps it until it is acknowledged; false when it had to be dropped.</summary>
    /// <param name="always">Keep it in any case: the few bytes that say where a session begins and ends.</param>
    public bool Add(Func<long, byte[]> encode, bool always = false) => Add(sequence => new SpoolFrame(encode(sequence), 0), always);

    /// <inheritdoc cref="Add(Func{long, byte[]}, bool)"/>
    public bool Add(Func<long, SpoolFrame> encode, bool always = false)
    {
        lock (_gate)
        {
            SpoolFrame frame = encode(_sequence + 1);
            if (_memoryBytes + frame.Bytes.Length > maxBytes)
                MoveToDisk();
            if (!always && _memoryBytes + frame.Bytes.Length > maxBytes)
            {
                if (disk is { Failed: true })
                    _counters.DroppedDiskFailed += frame.Records;
                else
                    _counters.DroppedSpoolFull += frame.Records;
                Buffers.Return(frame.Rented);
                return false;
            }
            frame.Before = _passed;
            _passed = null;
            _memory.Enqueue((++_sequence, frame));
            _memoryBytes += frame.Length;
            if (_away)
                MoveToDisk();
            Signal();
        }
        return true;
    }

    /// <summary>
    /// Keeps a frame that says how far the session has come behind the newest block, in the place of what was said there before. It is
    /// lent once and has no sequence: encode gets that of the newest block.
    /// </summary>
    public void AddPassed(Func<long, byte[]> encode)
    {
        lock (_gate)
        {
            _passed = encode(_sequence);
            Signal();
        }
    }

    /// <summary>Forgets everything up to the sequence: it is in the store.</summary>
    public void Acknowledge(long sequence)
    {
        lock (_gate)
        {
            disk?.Acknowledge(sequence);
            while (_memory.TryPeek(out var first) && first.Sequence <= sequence)
                Forget();
        }
    }

    /// <summary>
    /// The block after the given one; waits until there is one. Its bytes hold until the next is asked for. What was said behind the
    /// given one comes first, and has its sequence.
    /// </summary>
    public async Task<(long Sequence, ReadOnlyMemory<byte> Frame)> NextAsync(long after, CancellationToken ct)
    {
        while (true)
        {
            Task added;
            lock (_gate)
            {
                if (_lentIsGone)
                    Buffers.Return(_lent?.Rented);
                (_lent, _lentIsGone) = (null, false);
                if (disk?.ReadAfter(after, Buffers) is { } stored)
                {
                    (_lent, _lentIsGone) = (stored.Frame, true);
                    return (stored.Sequence, stored.Frame.Bytes);
                }
                foreach (var entry in _memory)
                {
                    if (entry.Sequence > after)
                    {
                        if (entry.Frame is { Before: { } before, BeforeLent: false })
                        {
                            entry.Frame.BeforeLent = true;
                            return (after, before);
                        }
                        _lent = entry.Frame;
                        return (entry.Sequence, entry.Frame.Bytes);
                    }
                }
                if (_passed is { } passed)
                {
                    _passed = null;
                    return (after, passed);
                }
                added = _added.Task;
            }
            await added.WaitAsync(ct);
        }
    }

    /// <summary>The link's word on whether the manager answers. While it does not, blocks go to the disk as they come.</summary>
    public void ManagerAnswers(bool answers)
    {
        lock (_gate)
        {
            _away = !answers;
            if (_away)
                MoveToDisk();
        }
    }

    /// <summary>Waits until everything has been acknowledged, or is safe on the disk until the manager comes back, or the time is over.</summary>
    public async Task EmptiedAsync(TimeSpan limit, CancellationToken ct = default)
    {
        for (long start = Environment.TickCount64; !IsSafe() && Environment.TickCount64 - start < limit.TotalMilliseconds;)
            await Task.Delay(10, ct);
    }

    /// <summary>Leaves what is not acknowledged to the agent that will be started next. Nothing is added or taken after it.</summary>
    /// <returns>Records that could not be left.</returns>
    public long Close()
    {
        lock (_gate)
        {
            MoveToDisk();
            disk?.Dispose();
            return _memory.Sum(m => m.Frame.Records);
        }
    }

    private bool IsSafe()
    {
        lock (_gate)
            return _memory.Count == 0 && (_away || disk is null or { Blocks: 0 });
    }

    private void MoveToDisk()
    {
        while (disk is not null && _memory.TryPeek(out var first) && disk.TryAppend(first.Sequence, first.Frame))
            Forget();
    }

    private void Forget()
    {
        SpoolFrame frame = _memory.Dequeue().Frame;
        _memoryBytes -= frame.Length;
        if (ReferenceEquals(frame, _lent))
            _lentIsGone = true;
        else
            Buffers.Return(frame.Rented);
    }

    private void Signal()
    {
        _added.SetResult();
        _added = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
