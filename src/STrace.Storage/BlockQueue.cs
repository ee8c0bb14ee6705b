namespace STrace.Storage;

/// <summary>
/// What a writer has taken and not yet committed, and what it knows of every source's sequences. Thread-safe: one lock, never held
/// while the disk works. Batches are taken and given back by one thread at a time.
/// </summary>
internal sealed class BlockQueue(string session)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Source, Guid Agent), Stream> _streams = [];
    private List<PendingBlock> _pending = [];
    private long _pendingBytes;
    private bool _closed;
    private SessionStoreException? _failure;
    private TaskCompletionSource _nextCommit = NewCommit();

    public Task NextCommit
    {
        get
        {
            lock (_gate)
                return _nextCommit.Task;
        }
    }

    public int Count
    {
        get
        {
            lock (_gate)
                return _pending.Count;
        }
    }

    /// <summary>Of the stored payloads.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
                return _pendingBytes;
        }
    }

    /// <summary>Tells of a block that was stored by an earlier writer.</summary>
    public void AddStored(BlockInserter.StoredRange stored)
    {
        lock (_gate)
        {
            Stream stream = StreamOf(stored.Source, stored.Agent);
            stream.Taken.Add(stored.First, stored.Last);
            stream.LastCommitted = Math.Max(stream.LastCommitted, stored.Last);
        }
    }

    /// <exception cref="SessionStoreException">As <see cref="ISessionWriter.Append"/>.</exception>
    public AppendResult Add(PendingBlock block)
    {
        BlockHeader header = block.Header;
        lock (_gate)
        {
            ThrowIfClosed();
            if (_failure is not null)
                throw new SessionStoreException(_failure.Error, _failure.Message, _failure);
            SequenceSet taken = StreamOf(header.Source, header.Agent).Taken;
            switch (taken.Contains(header.FirstSequence, header.LastSequence))
            {
                case Overlap.Whole:
                    return AppendResult.Duplicate;
                case Overlap.Part:
                    throw new SessionStoreException(StoreError.Overlap,
                        $"Block {header.FirstSequence}..{header.LastSequence} of {header.Source} overlaps blocks that session " +
                        $"'{session}' has: its agent numbers wrongly; restart the agent.");
            }
            taken.Add(header.FirstSequence, header.LastSequence);
            _pending.Add(block);
            _pendingBytes += block.Payload.Bytes.Length;
            return AppendResult.Accepted;
        }
    }

    public long LastCommittedSequence(string source, Guid agent)
    {
        lock (_gate)
            return _streams.TryGetValue((source, agent), out Stream? stream) ? stream.LastCommitted : 0;
    }

    /// <summary>All that waits; to be given back by <see cref="Committed"/> or <see cref="Failed"/>.</summary>
    public List<PendingBlock> TakeBatch()
    {
        lock (_gate)
        {
            List<PendingBlock> batch = _pending;
            _pending = [];
            return batch;
        }
    }

    public void Committed(List<PendingBlock> batch)
    {
        TaskCompletionSource committed;
        lock (_gate)
        {
            _failure = null;
            foreach (PendingBlock block in batch)
            {
                _pendingBytes -= block.Payload.Bytes.Length;
                Stream stream = StreamOf(block.Header.Source, block.Header.Agent);
                stream.LastCommitted = Math.Max(stream.LastCommitted, block.Header.LastSequence);
            }
            committed = _nextCommit;
            _nextCommit = NewCommit();
        }
        committed.SetResult();
    }

    /// <summary>Keeps the batch for the next commit, and takes nothing more until one succeeds.</summary>
    public void Failed(List<PendingBlock> batch, SessionStoreException failure)
    {
        lock (_gate)
        {
            batch.AddRange(_pending);
            _pending = batch;
            _failure = failure;
        }
    }

    public void ThrowIfClosed()
    {
        lock (_gate)
        {
            if (_closed)
                throw new SessionStoreException(StoreError.InUse, $"Session '{session}' is closed and takes no more: start a new one.");
        }
    }

    public void Close()
    {
        lock (_gate)
            _closed = true;
    }

    /// <summary>Undoes <see cref="Close"/> when the end could not be stored.</summary>
    public void Reopen()
    {
        lock (_gate)
            _closed = false;
    }

    /// <summary>Closes, and says so to those who wait for a commit.</summary>
    public void End()
    {
        Close();
        lock (_gate)
            _nextCommit.TrySetCanceled();
    }

    private Stream StreamOf(string source, Guid agent)
    {
        if (!_streams.TryGetValue((source, agent), out Stream? stream))
            _streams[(source, agent)] = stream = new Stream();
        return stream;
    }

    private static TaskCompletionSource NewCommit() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What is known of one source's sequences.</summary>
    private sealed class Stream
    {
        public SequenceSet Taken { get; } = new();
        public long LastCommitted { get; set; }
    }
}
