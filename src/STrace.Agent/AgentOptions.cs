namespace STrace.Agent;

/// <summary>What an agent is told when it starts.</summary>
public sealed record AgentOptions : LinkOptions
{
    /// <summary>The Unix socket at which applications attach.</summary>
    public required string Socket { get; init; }

    /// <summary>Threads of one user that can be recorded at the same time; fewer where shared memory is scarce.</summary>
    public uint Rings { get; init; } = 2048;

    /// <summary>Records a ring, a power of two; 64 bytes each.</summary>
    public uint RecordsPerRing { get; init; } = 1024;

    /// <summary>A call that finds its ring full is lost at once; else it waits for room up to <see cref="BlockDeadline"/>.</summary>
    public bool DropWhenFull { get; init; }

    /// <summary>The longest that a call waits for room in a full ring before it is counted as lost.</summary>
    public TimeSpan BlockDeadline { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// The longest that the manager is not told of what has passed because a call in progress (a send into a full buffer, a process
    /// that is stopped) began earlier. Then it is told, and the call, when it ends, counts as late.
    /// </summary>
    public TimeSpan LongestHold { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The protocol processors look at what is sent and received.</summary>
    public bool Marks { get; init; } = true;

    /// <summary>Longest summary of a message that they record; 0 for none.</summary>
    public uint SummaryBytes { get; init; } = 64;

    /// <summary>Where blocks are kept while the manager is away; null for a few MB of memory alone.</summary>
    public string? SpoolFolder { get; init; }

    /// <summary>Bytes of the spool's files, those of earlier runs included; beyond it records are dropped and counted.</summary>
    public long SpoolBytes { get; init; } = 1L << 30;

    /// <summary>The interface whose packets' headers are recorded, <c>any</c> for all of them; null for no packets.</summary>
    public string? Interface { get; init; }

    /// <summary>An agent that cannot capture says so and goes on without packets; else it refuses to start.</summary>
    public bool InterfaceIsOptional { get; init; }

    /// <summary>Where an agent of that name listens when nothing else is said; libwrapper looks there too.</summary>
    public static string DefaultSocket(string host) => $"/run/s-trace/{host}.sock";

    /// <summary>$XDG_STATE_HOME/s-trace/spool/HOST, else under /var/lib for root and ~/.local/state for others.</summary>
    public static string DefaultSpoolFolder(string host)
    {
        string state = Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { Length: > 0 } told ? told
            : Environment.IsPrivilegedProcess ? "/var/lib"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local/state");
        return Path.Combine(state, "s-trace/spool", host);
    }
}
