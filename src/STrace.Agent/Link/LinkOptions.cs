namespace STrace.Agent;

/// <summary>What everything that connects to a manager is told when it starts.</summary>
public abstract record LinkOptions
{
    /// <summary>The name by which everything of this host is qualified.</summary>
    public required string Host { get; init; }

    /// <summary>The manager: <c>IP:PORT</c> or <c>unix:PATH</c>.</summary>
    public required string Manager { get; init; }

    /// <summary>
    /// Added to every time that is told. A host's clock cannot be shifted alone (network namespaces share it), so this is how the
    /// correction of clocks is tested and measured.
    /// </summary>
    public TimeSpan ClockOffset { get; init; }

    internal long ClockOffsetNs => (long)ClockOffset.TotalNanoseconds;

    /// <summary>ns since the epoch, now.</summary>
    internal long NowNs => TickClock.NowNs + ClockOffsetNs;
}
