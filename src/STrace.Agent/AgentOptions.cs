namespace STrace.Agent;

/// <summary>What an agent is told when it starts.</summary>
public sealed record AgentOptions : LinkOptions
{
    /// <summary>The Unix socket at which applications attach.</summary>
    public required string Socket { get; init; }

    /// <summary>Threads of one user that can be recorded at the same time.</summary>
    public uint Rings { get; init; } = 512;

    /// <summary>Records a ring, a power of two; 64 bytes each.</summary>
    public uint RecordsPerRing { get; init; } = 1024;

    /// <summary>The longest that a call waits for room in a full ring before it is counted as lost.</summary>
    public TimeSpan BlockDeadline { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The interface whose packets' headers are recorded, <c>any</c> for all of them; null for no packets.</summary>
    public string? Interface { get; init; }

    /// <summary>An agent that cannot capture says so and goes on without packets; else it refuses to start.</summary>
    public bool InterfaceIsOptional { get; init; }

    /// <summary>Where an agent of that name listens when nothing else is said; libwrapper looks there too.</summary>
    public static string DefaultSocket(string host) => $"/run/s-trace/{host}.sock";
}
