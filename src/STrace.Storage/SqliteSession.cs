using Microsoft.Data.Sqlite;

namespace STrace.Storage;

/// <summary>Each call has a connection of its own, so that nothing is shared between threads but the list of damaged blocks.</summary>
internal sealed class SqliteSession : ISession
{
    private const string TotalsSql = "SELECT kind, blocks, items, bytes FROM block_total ORDER BY kind";

    // Answered from block_by_kind alone: a block whose row is damaged is still listed.
    private const string BlocksSql = """
        SELECT block.id, source.name, source.agent, block.first_sequence
        FROM block INDEXED BY block_by_kind JOIN source ON source.id = block.source
        WHERE block.kind = $kind
        ORDER BY source.name, source.agent, block.first_sequence
        """;

    private const string BlockSql =
        "SELECT last_sequence, first_ns, last_ns, count, compressed, length, checksum, payload FROM block WHERE id = $id";

    private readonly string _name;
    private readonly string _directory;
    private readonly string _file;
    private readonly Dictionary<long, DamagedBlock> _damaged = [];

    /// <exception cref="SessionStoreException">The database cannot be opened.</exception>
    public SqliteSession(string name, string directory)
    {
        _name = name;
        _directory = directory;
        _file = Path.Combine(directory, SessionDatabase.FileName);
        SessionDatabase.Open(_file).Dispose();
    }

    public SessionInfo Info => Use(connection =>
    {
        (long started, long? stopped) = connection.Query("SELECT started_ns, stopped_ns FROM session",
            row => (row.GetInt64(0), row.IsDBNull(1) ? (long?)null : row.GetInt64(1))).Single();
        List<BlockTotal> totals = connection.Query(TotalsSql,
            row => new BlockTotal(Enum.Parse<BlockKind>(row.GetString(0)), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3)));
        SessionState state = stopped is null ? WriterLock.Probe(_directory) : SessionState.Closed;
        return new SessionInfo(_name, _directory, started, stopped, state, totals);
    });

    public IReadOnlyList<SessionHost> Hosts => Use(connection => connection.Query(
        "SELECT name, agent, addresses FROM host ORDER BY name, agent",
        row => new SessionHost(row.GetString(0), Guid.Parse(row.GetString(1)),
            row.GetString(2).Split(' ', StringSplitOptions.RemoveEmptyEntries))));

    public IReadOnlyList<DamagedBlock> DamagedBlocks
    {
        get
        {
            lock (_damaged)
                return [.. _damaged.Values];
        }
    }

    public IEnumerable<Block> ReadBlocks(BlockKind kind)
    {
        using SqliteConnection connection = SessionDatabase.Open(_file);
        List<DamagedBlock> listed = Explained(() => connection.Query(BlocksSql,
            row => new DamagedBlock(_file, row.GetInt64(0), kind, row.GetString(1), Guid.Parse(row.GetString(2)), row.GetInt64(3), ""),
            ("$kind", kind.ToString())));

        foreach (DamagedBlock candidate in listed)
        {
            if (TryRead(connection, candidate) is { } block)
                yield return block;
        }
    }

    public void SaveDerived(string kind, string key, ReadOnlySpan<byte> data)
    {
        byte[] copy = data.ToArray();
        Use(connection =>
        {
            connection.Execute("INSERT OR REPLACE INTO derived (kind, key, data) VALUES ($kind, $key, $data)",
                ("$kind", kind), ("$key", key), ("$data", copy));
            return true;
        });
    }

    public byte[]? LoadDerived(string kind, string key) => Use(connection => (byte[]?)connection.Scalar(
        "SELECT data FROM derived WHERE kind = $kind AND key = $key", ("$kind", kind), ("$key", key)));

    private Block? TryRead(SqliteConnection connection, DamagedBlock key)
    {
        string reason;
        try
        {
            // The index says that the row exists.
            (BlockHeader header, StoredPayload stored) = connection.Query(BlockSql, row => (
                new BlockHeader(key.Kind, key.Source, key.Agent, key.FirstSequence,
                    row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt32(3)),
                new StoredPayload((byte[])row[7], (PayloadCoding)row.GetInt32(4), row.GetInt32(5), (uint)row.GetInt64(6))),
                ("$id", key.Id)).Single();
            if (BlockCodec.Decode(stored) is { } payload)
                return new Block(header, payload);
            reason = "its bytes are not those that were written";
        }
        catch (Exception e) when (e is SqliteException { SqliteErrorCode: SessionDatabase.SqliteCorrupt } or
            InvalidOperationException or InvalidCastException or OverflowException)
        {
            reason = e.Message;
        }
        catch (SqliteException e)
        {
            throw SessionDatabase.Explain(e, _file);
        }
        lock (_damaged)
        {
            _damaged[key.Id] = key with
            {
                Reason = $"Block {key.Id} of {_file} ({key.Kind} of {key.Source} from sequence {key.FirstSequence}) is damaged " +
                    $"({reason}): its items are missing from what is built; restore the file from a copy to have them.",
            };
        }
        return null;
    }

    private T Use<T>(Func<SqliteConnection, T> action)
    {
        using SqliteConnection connection = SessionDatabase.Open(_file);
        return Explained(() => action(connection));
    }

    private T Explained<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e)
        {
            throw SessionDatabase.Explain(e, _file);
        }
    }
}
