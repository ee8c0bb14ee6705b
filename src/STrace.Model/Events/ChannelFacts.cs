namespace STrace.Model;

/// <summary>What is known of a <see cref="Channel"/> beside its identity.</summary>
public sealed record ChannelFacts
{
    public static ChannelFacts None { get; } = new();

    /// <summary>The socket's own address; null when it has none, or none is known.</summary>
    public Endpoint? Local { get; init; }

    /// <summary>The address at the socket's other end; null when it has none, or none is known.</summary>
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
}
