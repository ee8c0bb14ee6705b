namespace STrace.Storage;

public enum StoreError
{
    BadName,
    Exists,
    NotFound,

    /// <summary>Another writer has it, or the session was closed.</summary>
    InUse,
    Overlap,
    DiskFull,
    ReadOnly,
    Locked,
    Corrupt,
    NewerVersion,
    Io,
}

/// <summary>The store cannot do what was asked. The message is one sentence: what, where, what to do.</summary>
public sealed class SessionStoreException(StoreError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public StoreError Error { get; } = error;
}
