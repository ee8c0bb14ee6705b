using Microsoft.Data.Sqlite;

namespace STrace.Storage;

internal readonly record struct PendingBlock(BlockHeader Header, StoredPayload Payload);

/// <summary>Puts blocks into the database by statements that are prepared once. Belongs to whoever holds the connection.</summary>
internal sealed class BlockInserter : IDisposable
{
    private const string BlockSql = """
        INSERT INTO block (kind, source, first_sequence, last_sequence, first_ns, last_ns, count, compressed, length, checksum, payload)
        VALUES ($kind, $source, $first, $last, $firstNs, $lastNs, $count, $compressed, $length, $checksum, $payload)
        """;

    private const string TotalSql = """
        INSERT INTO block_total (kind, blocks, items, bytes) VALUES ($kind, 1, $count, $length)
        ON CONFLICT (kind) DO UPDATE SET blocks = blocks + 1, items = items + excluded.items, bytes = bytes + excluded.bytes
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _block;
    private readonly SqliteCommand _total;

    public BlockInserter(SqliteConnection connection)
    {
        _connection = connection;
        _block = Prepare(BlockSql, "$kind", "$source", "$first", "$last", "$firstNs", "$lastNs", "$count", "$compressed", "$length",
            "$checksum", "$payload");
        _total = Prepare(TotalSql, "$kind", "$count", "$length");
    }

    internal readonly record struct StoredRange(string Source, Guid Agent, long First, long Last);

    public static List<StoredRange> ReadRanges(SqliteConnection connection) => connection.Query("""
        SELECT source.name, source.agent, block.first_sequence, block.last_sequence
        FROM block JOIN source ON source.id = block.source
        ORDER BY block.source, block.first_sequence
        """, row => new StoredRange(row.GetString(0), Guid.Parse(row.GetString(1)), row.GetInt64(2), row.GetInt64(3)));

    /// <summary>All or none, in one transaction.</summary>
    /// <exception cref="SqliteException">None was stored.</exception>
    public void Insert(IReadOnlyList<PendingBlock> blocks)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        _block.Transaction = _total.Transaction = transaction;
        var sources = new Dictionary<(string, Guid), long>();
        foreach ((BlockHeader header, StoredPayload payload) in blocks)
        {
            if (!sources.TryGetValue((header.Source, header.Agent), out long source))
                sources[(header.Source, header.Agent)] = source = SourceId(header, transaction);
            string kind = header.Kind.ToString();
            Run(_block, kind, source, header.FirstSequence, header.LastSequence, header.FirstNs, header.LastNs, header.Count,
                (int)payload.Coding, payload.Length, (long)payload.Checksum, payload.Bytes);
            Run(_total, kind, header.Count, payload.Length);
        }
        transaction.Commit();
    }

    public void Dispose()
    {
        _block.Dispose();
        _total.Dispose();
    }

    private long SourceId(BlockHeader header, SqliteTransaction transaction)
    {
        // The update changes nothing; without it RETURNING is empty for a source that exists.
        using var command = new SqliteCommand("""
            INSERT INTO source (name, agent) VALUES ($name, $agent)
            ON CONFLICT (name, agent) DO UPDATE SET name = excluded.name RETURNING id
            """, _connection, transaction);
        command.Parameters.AddWithValue("$name", header.Source);
        command.Parameters.AddWithValue("$agent", header.Agent.ToString());
        return (long)command.ExecuteScalar()!;
    }

    private SqliteCommand Prepare(string sql, params ReadOnlySpan<string> parameters)
    {
#pragma warning disable CA2100 // the statements are the constants above
        var command = new SqliteCommand(sql, _connection);
#pragma warning restore CA2100
        foreach (string name in parameters)
            command.Parameters.Add(new SqliteParameter { ParameterName = name });
        return command;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (int i = 0; i < values.Length; i++)
            command.Parameters[i].Value = values[i];
        command.ExecuteNonQuery();
    }
}
