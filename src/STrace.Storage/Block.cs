namespace STrace.Storage;

/// <summary>What a block's payload holds; stored by name.</summary>
public enum BlockKind
{
    /// <summary>OpenFlow messages in both directions.</summary>
    Control,

    /// <summary>Calls that applications made.</summary>
    Events,

    /// <summary>What was open when the session began.</summary>
    Objects,

    /// <summary>Headers of packets that hosts sent and received.</summary>
    Packets,

    /// <summary>Whole frames that switches mirrored to their datastores.</summary>
    Frames,

    /// <summary>All processes of a host at one time; the newest stands until the next.</summary>
    Processes,

    /// <summary>What an agent had lost at one time.</summary>
    Loss,

    /// <summary>What a host's clock said between two moments of the manager's; told by the manager.</summary>
    Clocks,

    /// <summary>From here on a host's agent was connected (1) or was not (0); told by the manager.</summary>
    Presence,
}

/// <param name="Source">A host's name, or "manager".</param>
/// <param name="Agent">The run of the agent that numbered the sequences; empty for the manager.</param>
/// <param name="FirstSequence">From 1; with <paramref name="LastSequence"/>, inclusive, the block's place in its source's stream.</param>
/// <param name="FirstNs">Time of the earliest item, ns since the epoch.</param>
/// <param name="LastNs">Time of the latest item.</param>
/// <param name="Count">Items in the payload.</param>
public readonly record struct BlockHeader(
    BlockKind Kind, string Source, Guid Agent, long FirstSequence, long LastSequence, long FirstNs, long LastNs, int Count);

public sealed record Block(BlockHeader Header, byte[] Payload)
{
    public const int MaxPayloadBytes = 64 * 1024 * 1024;
}

/// <summary>A block that cannot be read.</summary>
/// <param name="File">The database.</param>
/// <param name="Id">The block's row.</param>
/// <param name="Reason">One sentence: what is wrong, and what it costs.</param>
public sealed record DamagedBlock(
    string File, long Id, BlockKind Kind, string Source, Guid Agent, long FirstSequence, string Reason);

public enum AppendResult
{
    Accepted,

    /// <summary>All its sequences were appended before: ignored.</summary>
    Duplicate,
}
