using Microsoft.Data.Sqlite;

namespace STrace.Storage;

/// <summary>
/// Callers put blocks into the queue; whoever commits (the writer's thread, or a caller that flushes or finds the queue full) holds
/// <c>_database</c>, which guards the connection.
/// </summary>
internal sealed class SqliteSessionWriter : ISessionWriter
{
    private const long MaxUncommittedBytes = 32 * 1024 * 1024;

    // Half of the 100 ms that a kill may cost: the other half is for the commit itself.
    private static readonly TimeSpan CommitInterval = TimeSpan.FromMilliseconds(50);

    private readonly string _file;
    private readonly FileStream _held;
    private readonly BlockQueue _queue;
    private readonly Lock _database = new();
    private readonly SqliteConnection _connection;
    private readonly BlockInserter _inserter;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _committer;

    /// <param name="held">The session's writer lock; the writer's own once this returns.</param>
    /// <exception cref="SessionStoreException">The database cannot be opened, or the session is closed.</exception>
    public SqliteSessionWriter(string name, string file, FileStream held)
    {
        _file = file;
        _held = held;
        _queue = new BlockQueue(name);
        _connection = SessionDatabase.Open(file);
        try
        {
            Explained(ReadWhatIsStored);
        }
        catch (SessionStoreException)
        {
            _connection.Dispose();
            throw;
        }
        _inserter = new BlockInserter(_connection);
        _committer = new Thread(CommitPeriodically) { Name = $"session {name}", IsBackground = true };
        _committer.Start();
    }

    public Task NextCommit => _queue.NextCommit;

    public int UncommittedBlocks => _queue.Count;

    public AppendResult Append(BlockHeader header, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(header.FirstSequence, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(header.LastSequence, header.FirstSequence);
        ArgumentOutOfRangeException.ThrowIfNegative(header.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, Block.MaxPayloadBytes);

        AppendResult result = _queue.Add(new PendingBlock(header, BlockCodec.Encode(header.Kind, payload)));
        if (_queue.Bytes > MaxUncommittedBytes)
            Flush();
        return result;
    }

    public void Flush()
    {
        lock (_database)
        {
            _queue.ThrowIfClosed();
            Commit();
        }
    }

    public long LastCommittedSequence(string source, Guid agent) => _queue.LastCommittedSequence(source, agent);

    public void SaveHost(SessionHost host)
    {
        lock (_database)
        {
            _queue.ThrowIfClosed();
            Explained(() => _connection.Execute("INSERT OR REPLACE INTO host (name, agent, addresses) VALUES ($name, $agent, $addresses)",
                ("$name", host.Name), ("$agent", host.Agent.ToString()), ("$addresses", string.Join(' ', host.Addresses))));
        }
    }

    public void Close(long stopNs)
    {
        lock (_database)
        {
            _queue.ThrowIfClosed();
            _queue.Close();
            try
            {
                Commit();
                Explained(() => _connection.Execute("UPDATE session SET stopped_ns = $stop", ("$stop", stopNs)));
            }
            catch (SessionStoreException)
            {
                _queue.Reopen();
                throw;
            }
        }
    }

    public void Dispose()
    {
        if (_stop.IsSet)
            return;
        _stop.Set();
        _committer.Join();
        lock (_database)
        {
            _queue.End();
            _inserter.Dispose();
            _connection.Dispose();
            _held.Dispose();
        }
    }

    private void ReadWhatIsStored()
    {
        if (_connection.Scalar("SELECT stopped_ns FROM session") is not DBNull)
            _queue.Close();
        _queue.ThrowIfClosed();
        foreach (BlockInserter.StoredRange stored in BlockInserter.ReadRanges(_connection))
            _queue.AddStored(stored);
    }

    private void CommitPeriodically()
    {
        bool stopping;
        do
        {
            stopping = _stop.Wait(CommitInterval);
            try
            {
                lock (_database)
                    Commit();
            }
            catch (SessionStoreException)
            {
                // Kept in the queue: the next Append or Flush tells it.
            }
        }
        while (!stopping);
    }

    // Under _database.
    private void Commit()
    {
        List<PendingBlock> batch = _queue.TakeBatch();
        if (batch.Count == 0)
            return;
        try
        {
            Explained(() => _inserter.Insert(batch));
        }
        catch (SessionStoreException e)
        {
            _queue.Failed(batch, e);
            throw;
        }
        _queue.Committed(batch);
    }

    private void Explained(Action action)
    {
        try
        {
            action();
        }
        catch (SqliteException e)
        {
            throw SessionDatabase.Explain(e, _file);
        }
    }
}
