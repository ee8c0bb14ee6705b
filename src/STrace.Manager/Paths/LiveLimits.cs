namespace STrace.Manager;

/// <summary>How much following a session may hold in memory; docs/operations.md states the figures.</summary>
internal sealed record LiveLimits
{
    /// <summary>Of what came and was not taken yet. Beyond it the paths are not followed any more: the recorder never waits.</summary>
    public long QueuedBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Calls that wait for others or belong to paths that are not final. Likewise.</summary>
    public long LiveEvents { get; init; } = 4_000_000;

    /// <summary>Final paths that are kept for questions; beyond it the oldest are in the store alone.</summary>
    public int Paths { get; init; } = 100_000;

    /// <summary>Calls of these paths together. Likewise.</summary>
    public long PathCalls { get; init; } = 2_000_000;
}
