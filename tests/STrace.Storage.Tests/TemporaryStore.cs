using Microsoft.Data.Sqlite;

namespace STrace.Storage.Tests;

/// <summary>A store in a directory of its own, removed with it.</summary>
internal sealed class TemporaryStore : IDisposable
{
    public const long StartNs = 1_404_430_317_081_565_000;
    public static readonly Guid Agent = new("11111111-2222-3333-4444-555555555555");

    public TemporaryStore()
    {
        DataDirectory = Directory.CreateTempSubdirectory("s-trace-store-").FullName;
        Store = new SqliteSessionStore(DataDirectory);
    }

    public string DataDirectory { get; }
    public SqliteSessionStore Store { get; }

    public ISessionWriter NewWriter(string name)
    {
        Store.Create(name, StartNs);
        return Store.OpenWriter(name);
    }

    public string DatabaseOf(string name) => Path.Combine(DataDirectory, "sessions", name, "session.db");

    /// <summary>Changes the database behind the store's back.</summary>
    public void Tamper(string name, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={DatabaseOf(name)};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // the tests' own constants
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public static BlockHeader Header(long first, long last, string source = "h4", BlockKind kind = BlockKind.Events) =>
        new(kind, source, Agent, first, last, StartNs + first, StartNs + last, (int)Math.Max(last - first + 1, 0));

    public void Dispose() => Directory.Delete(DataDirectory, recursive: true);
}
