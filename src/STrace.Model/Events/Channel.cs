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

    /// <summary>The socket's own address; null when it has none, or none is known.</summary>
    public Endpoint? Local { get; init; }

    public Endpoint? Peer { get; init; }

    /// <summary>IP protocol number of a socket: 6 TCP, 17 UDP, 0 otherwise.</summary>
    public byte Protocol { get; init; }

    public bool Listening { get; init; }

    /// <summary>The process at the other end of a Unix socket, as the kernel told (SO_PEERCRED); 0 when not known.</summary>
    public int PeerPid { get; init; }

    /// <summary>The same text at both ends of a socketpair; null elsewhere.</summary>
    public string? Pair { get; init; }

    /// <summary>The path of a file, FIFO or Unix socket, as the program gave it.</summary>
    public string? Path { get; init; }

    public override string ToString() => $"{Host}/{Kind.ToString().ToLowerInvariant()}/{Id}/{Generation}";
}
