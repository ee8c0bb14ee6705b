namespace STrace.Agent;

/// <summary>What everything that connects to a manager is told when it starts.</summary>
public abstract record LinkOptions
{
    /// <summary>The name by which everything of this host is qualified.</summary>
    public required string Host { get; init; }

    /// <summary>The manager: <c>IP:PORT</c> or <c>unix:PATH</c>.</summary>
    public required string Manager { get; init; }
}
