namespace STrace.Model;

/// <summary>What few calls have beside what all have.</summary>
public sealed class EventDetail
{
    /// <summary>The path, host name or command that the call named; null when it named none.</summary>
    public string? Path { get; init; }

    /// <summary>What sendfile, splice and the like took their bytes from; null for all others.</summary>
    public Channel? Source { get; init; }

    /// <summary>The peer of this call alone, on a datagram socket; null where the channel's peer is meant.</summary>
    public Endpoint? Peer { get; init; }

    /// <summary>The logical context that a runtime hook declared for the thread; 0 when none did. Counts within the process.</summary>
    public ulong Context { get; init; }

    /// <summary>What protocol processors found in the bytes that the call moved, in order.</summary>
    public IReadOnlyList<MessageMark> Marks { get; init; } = [];

    /// <summary>The vfork child that made the call in its parent's ring; 0 for all others.</summary>
    public int ChildPid { get; init; }
}
