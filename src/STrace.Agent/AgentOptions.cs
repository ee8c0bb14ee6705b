namespace STrace.Agent;

/// <summary>What an agent is told when it starts.</summary>
public sealed record AgentOptions
{
    /// <summary>The name by which everything of this host is qualified.</summary>
    public required string Host { get; init; }

    /// <summary>The manager: <c>IP:PORT</c> or <c>unix:PATH</c>.</summary>
    public required string Manager { get; init; }

    /// <summary>The Unix socket at which applications attach.</summary>
    public required string Socket { get; init; }

    /// <summary>Threads of one user that can be recorded at the same time.</summary>
    public uint Rings { get; init; } = 512;

    /// <summary>Records a ring, a power of two; 64 bytes each.</summary>
    public uint RecordsPerRing { get; init; } = 1024;

    /// <summary>The longest that a call waits for room in a full ring before it is counted as lost.</summary>
    public TimeSpan BlockDeadline { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Bytes of blocks kept while the manager does not acknowledge; beyond it blocks are dropped and counted.</summary>
    public long SpoolBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Where an agent of that name listens when nothing else is said; libwrapper looks there too.</summary>
    public static string DefaultSocket(string host) => $"/run/s-trace/{host}.sock";
}
