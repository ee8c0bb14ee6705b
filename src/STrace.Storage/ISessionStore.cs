namespace STrace.Storage;

/// <summary>
/// All recorded sessions of one data directory. The seam at which another engine can take SQLite's place. Thread-safe.
/// Every method throws <see cref="SessionStoreException"/> where the store cannot do what is asked.
/// </summary>
public interface ISessionStore
{
    /// <param name="name">1 to 64 of letters, digits, '.', '_' and '-', not starting with a dot; not yet in the store.</param>
    /// <param name="startNs">ns since the epoch.</param>
    SessionInfo Create(string name, long startNs);

    /// <summary>All sessions, by name. One that cannot be read is listed with the state <see cref="SessionState.Damaged"/>.</summary>
    IReadOnlyList<SessionInfo> List();

    /// <summary>Opens a session for reading, also while it is being written.</summary>
    ISession Open(string name);

    /// <summary>
    /// Opens a session that is not closed for writing. There is one writer at a time, over all processes; after a writer's death an
    /// interrupted session can be written again, to go on or only to close it.
    /// </summary>
    ISessionWriter OpenWriter(string name);

    /// <summary>Removes a session that nobody writes, with all files in its directory.</summary>
    void Delete(string name);
}
