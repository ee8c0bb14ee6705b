namespace STrace.Storage;

/// <summary>
/// The writer of one session. Thread-safe: callers compress on their own threads; a thread of the writer commits what was
/// appended every 50 ms, so that a killed manager loses less than the last 100 ms.
/// </summary>
public interface ISessionWriter : IDisposable
{
    /// <summary>
    /// Takes a block for the next commit. Sequences are counted per source and agent, over all kinds, and are stored once: a resent
    /// block is ignored. Waits for the disk when more than 32 MiB are not committed.
    /// </summary>
    /// <param name="payload">At most <see cref="Block.MaxPayloadBytes"/>; copied.</param>
    /// <exception cref="SessionStoreException">
    /// The sequences are in part stored already (<see cref="StoreError.Overlap"/>), or the last commit failed. What was taken before is
    /// kept and tried again with every commit, so that appending works again when the cause is gone.
    /// </exception>
    AppendResult Append(BlockHeader header, ReadOnlySpan<byte> payload);

    /// <summary>Commits all that was appended before.</summary>
    void Flush();

    /// <summary>
    /// The highest sequence of this source and agent that is in the store and may be acknowledged; 0 when there is none. Earlier
    /// sequences that are missing were not sent before it.
    /// </summary>
    long LastCommittedSequence(string source, Guid agent);

    /// <summary>
    /// Completes with the next commit. To miss none, take it before reading <see cref="LastCommittedSequence"/>. Cancelled when the
    /// writer is disposed.
    /// </summary>
    Task NextCommit { get; }

    /// <summary>Blocks taken and not committed; greater than 0 after disposing when the disk could not take them.</summary>
    int UncommittedBlocks { get; }

    /// <summary>Stores what a host told of itself, in the place of what it told before.</summary>
    void SaveHost(SessionHost host);

    /// <summary>Commits everything and ends the session for good; the writer can only be disposed then.</summary>
    /// <param name="stopNs">ns since the epoch.</param>
    void Close(long stopNs);
}
