namespace STrace.Model;

public enum ChannelKind
{
    Socket,
    Pipe,
    File,
    EventFd,
    MessageQueue,
    SharedMemory,
    Semaphore,
    Other,
}

/// <summary>
/// The kernel object that an event acts on. Its identity survives dup, fork and descriptor passing: two events act on the same
/// object exactly when they hold the same instance.
/// </summary>
public sealed class Channel
{
    public required string Host { get; init; }
    public required ChannelKind Kind { get; init; }

    /// <summary>What the host calls it: <c>device:inode</c>, a System V id, or an eventfd's id.</summary>
    public required string Id { get; init; }

    /// <summary>Counts the objects that bore this id, from 0: inodes and ids are used again.</summary>
    public int Generation { get; init; }

    /// <summary>What else is known by now. While a session goes on its reader puts more here, as more is told; from one thread.</summary>
    public ChannelFacts Facts { get; set; } = ChannelFacts.None;

    /// <inheritdoc cref="ChannelFacts.Local"/>
    public Endpoint? Local { get => Facts.Local; init => Facts = Facts with { Local = value }; }

    /// <inheritdoc cref="ChannelFacts.Peer"/>
    public Endpoint? Peer { get => Facts.Peer; init => Facts = Facts with { Peer = value }; }

    /// <inheritdoc cref="ChannelFacts.Protocol"/>
    public byte Protocol { get => Facts.Protocol; init => Facts = Facts with { Protocol = value }; }

    /// <inheritdoc cref="ChannelFacts.Listening"/>
    public bool Listening { get => Facts.Listening; init => Facts = Facts with { Listening = value }; }

    /// <inheritdoc cref="ChannelFacts.PeerPid"/>
    public int PeerPid { get => Facts.PeerPid; init => Facts = Facts with { PeerPid = value }; }

    /// <inheritdoc cref="ChannelFacts.Pair"/>
    public string? Pair { get => Facts.Pair; init => Facts = Facts with { Pair = value }; }

    /// <inheritdoc cref="ChannelFacts.Path"/>
    public string? Path { get => Facts.Path; init => Facts = Facts with { Path = value }; }

    public override string ToString() => $"{Host}/{Kind.ToString().ToLowerInvariant()}/{Id}/{Generation}";
}
