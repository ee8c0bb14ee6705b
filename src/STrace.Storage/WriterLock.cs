namespace STrace.Storage;

/// <summary>
/// A locked file beside the database that says whether somebody writes the session. The kernel releases the lock with its holder's
/// death, so that an interrupted session is told from an open one without asking for process ids.
/// </summary>
internal static class WriterLock
{
    private const string FileName = "writer.lock";
    private const int Attempts = 20;

    // EWOULDBLOCK of flock(2), which is how the runtime keeps FileShare on Linux; it hands errno on as HResult.
    private const int Held = 11;

    /// <summary>Null when another writer holds it.</summary>
    public static FileStream? TryTake(string directory)
    {
        // Tried more than once: a reader's Probe in another process holds the lock for an instant.
        for (int attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(directory, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult == Held)
            {
                Thread.Sleep(1);
            }
        }
        return null;
    }

    /// <summary>The state of a session that is not closed.</summary>
    public static SessionState Probe(string directory)
    {
        string file = Path.Combine(directory, FileName);
        // Created and not yet written by anybody.
        if (!File.Exists(file))
            return SessionState.Open;
        try
        {
            using var probe = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
            return SessionState.Interrupted;
        }
        catch (IOException e) when (e.HResult == Held)
        {
            return SessionState.Open;
        }
    }
}
