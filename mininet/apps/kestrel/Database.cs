using System.Globalization;
using Npgsql;

namespace STrace.Apps.Kestrel;

/// <summary>PostgreSQL, through Npgsql's pool of eight connections.</summary>
internal sealed class Database(string address) : IAsyncDisposable
{
    // The database says itself who answered whom.
    private const string Statement = """
        SELECT name, pg_backend_pid(), concat(inet_server_addr(), ':', inet_server_port()),
               concat(inet_client_addr(), ':', inet_client_port())
        FROM item WHERE number = $1
        """;

    private readonly NpgsqlDataSource _pool = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
    {
        Host = address.Split(':')[0],
        Port = int.Parse(address.Split(':')[1], CultureInfo.InvariantCulture),
        Username = "work",
        Database = "postgres",
        MaxPoolSize = 8
    });

    /// <summary>A row, and the exchange in which it was asked for.</summary>
    public async Task<(string Name, End Exchange)> ReadAsync(int number, CancellationToken cancellation)
    {
        await using NpgsqlConnection connection = await _pool.OpenConnectionAsync(cancellation);
        await using NpgsqlCommand command = new(Statement, connection);
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = number });
        long enterNs = Clock.NowNs();
        await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellation);
        await row.ReadAsync(cancellation);
        (string name, int pid, string server, string client) = (row.GetString(0), row.GetInt32(1), row.GetString(2), row.GetString(3));
        await row.CloseAsync();
        return (name, new End(client, address, enterNs, Clock.NowNs(), new Backend(pid, pid, server, client)));
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();
}
