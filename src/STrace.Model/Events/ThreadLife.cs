namespace STrace.Model;

/// <summary>One life of one thread: the identity that all its calls have in common.</summary>
public sealed class ThreadLife
{
    public required string Host { get; init; }

    /// <summary>Identity of the agent's run (spool), so that a path's id survives rebuilds but not a restarted host.</summary>
    public Guid Agent { get; init; }

    /// <summary>The ring's generation. Unlike <see cref="Tid"/> it is never used again.</summary>
    public required ulong Ring { get; init; }

    public required int Pid { get; init; }
    public required int Tid { get; init; }
    public int Ppid { get; init; }
    public string Program { get; init; } = "";
}
