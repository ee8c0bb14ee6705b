namespace STrace.Storage;

public enum SessionState
{
    /// <summary>Being written, or created and waiting for its writer.</summary>
    Open,
    Closed,

    /// <summary>Was never closed and nobody writes it: its manager died.</summary>
    Interrupted,

    /// <summary>Its database cannot be read; opening it says why.</summary>
    Damaged,
}

/// <param name="Directory">Where its database is and its capture files belong.</param>
/// <param name="StartNs">ns since the epoch; 0 when damaged.</param>
/// <param name="StopNs">Null while it is not closed.</param>
public sealed record SessionInfo(
    string Name, string Directory, long StartNs, long? StopNs, SessionState State, IReadOnlyList<BlockTotal> Totals);

/// <param name="Items">Sum of the blocks' counts.</param>
/// <param name="Bytes">Sum of the payloads, not compressed.</param>
public sealed record BlockTotal(BlockKind Kind, long Blocks, long Items, long Bytes);

/// <summary>A host as its agent introduced it.</summary>
/// <param name="Addresses">Its IP addresses as text, the one that names it first.</param>
public sealed record SessionHost(string Name, Guid Agent, IReadOnlyList<string> Addresses);
