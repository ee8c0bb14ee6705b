using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace STrace.Storage;

/// <summary>Sessions as directories <c>DATA/sessions/NAME/</c>, each with one SQLite database. Holds nothing open itself.</summary>
/// <param name="dataDirectory">DATA; created with the first session.</param>
public sealed partial class SqliteSessionStore(string dataDirectory) : ISessionStore
{
    // Directories in the making and in removal; a session's name has no leading dot.
    private const string NewPrefix = ".new-";
    private const string DeletedPrefix = ".deleted-";

    private readonly string _sessions = Path.Combine(Path.GetFullPath(dataDirectory), "sessions");

    [GeneratedRegex("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ValidName { get; }

    public SessionInfo Create(string name, long startNs)
    {
        string directory = DirectoryOf(name);
        if (Directory.Exists(directory))
        {
            throw new SessionStoreException(StoreError.Exists,
                $"A session '{name}' exists already in {_sessions}: choose another name or delete it.");
        }

        // Made apart and renamed, so that a kill leaves a whole session or none.
        string made = Path.Combine(_sessions, NewPrefix + Guid.NewGuid());
        Guarded(made, () =>
        {
            Directory.CreateDirectory(made);
            SessionDatabase.Create(Path.Combine(made, SessionDatabase.FileName), startNs);
            Directory.Move(made, directory);
        });
        return Open(name).Info;
    }

    public IReadOnlyList<SessionInfo> List()
    {
        if (!Directory.Exists(_sessions))
            return [];
        return Guarded(_sessions, () => Directory.GetDirectories(_sessions)
            .Select(path => Path.GetFileName(path)!)
            .Where(name => ValidName.IsMatch(name))
            .Order(StringComparer.Ordinal)
            .Select(InfoOrDamaged)
            .ToList());
    }

    public ISession Open(string name) => new SqliteSession(name, ExistingDirectoryOf(name));

    public ISessionWriter OpenWriter(string name)
    {
        string directory = ExistingDirectoryOf(name);
        FileStream held = TakeLock(name, directory);
        try
        {
            return new SqliteSessionWriter(name, Path.Combine(directory, SessionDatabase.FileName), held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public void Delete(string name)
    {
        string directory = ExistingDirectoryOf(name);
        using FileStream held = TakeLock(name, directory);
        Guarded(directory, () =>
        {
            // Renamed first: a kill while files are removed leaves no half session. What such a kill left goes now, too.
            Directory.Move(directory, Path.Combine(_sessions, DeletedPrefix + Guid.NewGuid()));
            foreach (string deleted in Directory.GetDirectories(_sessions, DeletedPrefix + "*"))
                Directory.Delete(deleted, recursive: true);
        });
    }

    private SessionInfo InfoOrDamaged(string name)
    {
        try
        {
            return Open(name).Info;
        }
        catch (SessionStoreException)
        {
            return new SessionInfo(name, Path.Combine(_sessions, name), 0, null, SessionState.Damaged, []);
        }
    }

    private static FileStream TakeLock(string name, string directory) =>
        Guarded(directory, () => WriterLock.TryTake(directory)) ??
        throw new SessionStoreException(StoreError.InUse, $"Session '{name}' is being written: stop it first.");

    private string ExistingDirectoryOf(string name)
    {
        string directory = DirectoryOf(name);
        return Directory.Exists(directory)
            ? directory
            : throw new SessionStoreException(StoreError.NotFound,
                $"There is no session '{name}' in {_sessions}: s-trace session list shows those there are.");
    }

    private string DirectoryOf(string name) => ValidName.IsMatch(name)
        ? Path.Combine(_sessions, name)
        : throw new SessionStoreException(StoreError.BadName,
            $"'{name}' cannot name a session: use 1 to 64 letters, digits, '.', '_' or '-', not starting with a dot.");

    private static void Guarded(string path, Action action) => Guarded(path, () => { action(); return true; });

    private static T Guarded<T>(string path, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (SqliteException e)
        {
            throw SessionDatabase.Explain(e, path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SessionStoreException(StoreError.ReadOnly,
                $"{path} cannot be used: check the rights of the directory ({e.Message.TrimEnd('.')}).", e);
        }
        catch (IOException e)
        {
            throw new SessionStoreException(StoreError.Io, $"{path} cannot be used: {e.Message.TrimEnd('.')}.", e);
        }
    }
}
