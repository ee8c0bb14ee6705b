namespace STrace.Storage;

/// <summary>
/// A session to read. Holds no resource between calls, so it needs no closing; thread-safe. Every method throws
/// <see cref="SessionStoreException"/> where the store cannot be read.
/// </summary>
public interface ISession
{
    /// <summary>The state at this moment: counts grow while the session is written.</summary>
    SessionInfo Info { get; }

    IReadOnlyList<SessionHost> Hosts { get; }

    /// <summary>What <see cref="ReadBlocks"/> has come upon so far and left out.</summary>
    IReadOnlyList<DamagedBlock> DamagedBlocks { get; }

    /// <summary>
    /// The blocks of a kind that are stored when the reading starts, ordered by source, agent and sequence. A damaged block costs only
    /// itself: it is added to <see cref="DamagedBlocks"/> and the reading goes on.
    /// </summary>
    IEnumerable<Block> ReadBlocks(BlockKind kind);

    /// <summary>Keeps a result that can be rebuilt from the blocks at any time, in the place of one with the same kind and key.</summary>
    void SaveDerived(string kind, string key, ReadOnlySpan<byte> data);

    /// <summary>Null when there is none.</summary>
    byte[]? LoadDerived(string kind, string key);
}
