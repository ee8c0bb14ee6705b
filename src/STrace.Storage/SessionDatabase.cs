using Microsoft.Data.Sqlite;

namespace STrace.Storage;

/// <summary>The database file of a session: its schema, its connections, its errors in words.</summary>
internal static class SessionDatabase
{
    public const string FileName = "session.db";
    public const long SchemaVersion = 1;

    // How long a statement waits for another process's transaction.
    private const int BusySeconds = 5;

    // Primary result codes, https://www.sqlite.org/rescode.html
    public const int SqliteCorrupt = 11;
    private const int SqlitePerm = 3, SqliteBusy = 5, SqliteLocked = 6, SqliteReadOnly = 8, SqliteFull = 13,
        SqliteCantOpen = 14, SqliteNotADatabase = 26;

    // Large pages: most of what is written are blocks of many kilobytes, and SQLite's work is by the page.
    private const string Schema = """
        PRAGMA page_size = 16384;
        PRAGMA journal_mode = WAL;
        CREATE TABLE session (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            started_ns INTEGER NOT NULL,
            stopped_ns INTEGER) STRICT;
        CREATE TABLE source (
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            agent TEXT NOT NULL,
            UNIQUE (name, agent)) STRICT;
        CREATE TABLE block (
            id INTEGER PRIMARY KEY,
            kind TEXT NOT NULL,
            source INTEGER NOT NULL REFERENCES source (id),
            first_sequence INTEGER NOT NULL,
            last_sequence INTEGER NOT NULL,
            first_ns INTEGER NOT NULL,
            last_ns INTEGER NOT NULL,
            count INTEGER NOT NULL,
            compressed INTEGER NOT NULL,
            length INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            payload BLOB NOT NULL,
            UNIQUE (source, first_sequence, last_sequence)) STRICT;
        CREATE INDEX block_by_kind ON block (kind, source, first_sequence);
        CREATE TABLE block_total (
            kind TEXT PRIMARY KEY,
            blocks INTEGER NOT NULL,
            items INTEGER NOT NULL,
            bytes INTEGER NOT NULL) STRICT;
        CREATE TABLE host (
            name TEXT NOT NULL,
            agent TEXT NOT NULL,
            addresses TEXT NOT NULL,
            PRIMARY KEY (name, agent)) STRICT;
        CREATE TABLE derived (
            kind TEXT NOT NULL,
            key TEXT NOT NULL,
            data BLOB NOT NULL,
            PRIMARY KEY (kind, key)) STRICT;
        """;

    static SessionDatabase() => SQLitePCL.Batteries_V2.Init();

    /// <exception cref="SqliteException">To be told through <see cref="Explain"/>.</exception>
    public static void Create(string file, long startNs)
    {
        using SqliteConnection connection = Connect(file, SqliteOpenMode.ReadWriteCreate);
        connection.Execute(Schema);
        connection.Execute("INSERT INTO session (id, started_ns) VALUES (1, $start)", ("$start", startNs));
        connection.Execute($"PRAGMA user_version = {SchemaVersion}");
    }

    /// <summary>A connection to an existing session of this version.</summary>
    /// <exception cref="SessionStoreException">Not to be opened, not a session, or of a newer version.</exception>
    public static SqliteConnection Open(string file)
    {
        SqliteConnection? connection = null;
        try
        {
            connection = Connect(file, SqliteOpenMode.ReadWrite);
            long version = (long)connection.Scalar("PRAGMA user_version")!;
            if (version > SchemaVersion)
            {
                throw new SessionStoreException(StoreError.NewerVersion,
                    $"{file} was written by a newer S-Trace (schema {version}, this one knows {SchemaVersion}): upgrade to read it.");
            }
            if (version < SchemaVersion)
            {
                throw new SessionStoreException(StoreError.Corrupt,
                    $"{file} is not the database of a session: delete the session, or restore the file from a copy.");
            }
            return connection;
        }
        catch (SqliteException e)
        {
            connection?.Dispose();
            throw Explain(e, file);
        }
        catch (SessionStoreException)
        {
            connection?.Dispose();
            throw;
        }
    }

    public static SessionStoreException Explain(SqliteException e, string file)
    {
        (StoreError error, string text) = e.SqliteErrorCode switch
        {
            SqliteFull => (StoreError.DiskFull,
                $"The disk that holds {file} is full: free space there, then go on."),
            SqliteReadOnly or SqlitePerm => (StoreError.ReadOnly,
                $"{file} cannot be written: check the rights of the file and its directory, or copy the session to a writable place."),
            SqliteBusy or SqliteLocked => (StoreError.Locked,
                $"{file} is locked by another process for more than {BusySeconds} s: end that process or try again."),
            SqliteCorrupt or SqliteNotADatabase => (StoreError.Corrupt,
                $"{file} is damaged ({e.Message}): restore it from a copy, or delete the session."),
            SqliteCantOpen => (StoreError.Io,
                $"{file} cannot be opened: check that it exists and that its directory may be read and written."),
            _ => (StoreError.Io,
                $"{file} cannot be used ({e.Message}): check the disk that holds it."),
        };
        return new SessionStoreException(error, text, e);
    }

    private static SqliteConnection Connect(string file, SqliteOpenMode mode)
    {
        // Not pooled: a pooled connection would keep a deleted session's file open.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = file,
            Mode = mode,
            Pooling = false,
            ForeignKeys = true,
            DefaultTimeout = BusySeconds,
        }.ToString());
        connection.Open();
        // WAL with NORMAL: a killed process loses no commit; a power cut may lose the last ones, never the database.
        connection.Execute("PRAGMA synchronous = NORMAL");
        return connection;
    }
}
