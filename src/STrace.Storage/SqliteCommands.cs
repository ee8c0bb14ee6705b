using Microsoft.Data.Sqlite;

namespace STrace.Storage;

/// <summary>The few lines that every statement repeats.</summary>
internal static class SqliteCommands
{
    public static void Execute(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteCommand command = connection.Command(sql, parameters);
        command.ExecuteNonQuery();
    }

    public static object? Scalar(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteCommand command = connection.Command(sql, parameters);
        return command.ExecuteScalar();
    }

    public static List<T> Query<T>(
        this SqliteConnection connection, string sql, Func<SqliteDataReader, T> row,
        params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        using SqliteCommand command = connection.Command(sql, parameters);
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<T>();
        while (reader.Read())
            rows.Add(row(reader));
        return rows;
    }

    private static SqliteCommand Command(this SqliteConnection connection, string sql, ReadOnlySpan<(string Name, object Value)> parameters)
    {
        SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // all statements are constants of this assembly
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach ((string name, object value) in parameters)
            command.Parameters.AddWithValue(name, value);
        return command;
    }
}
