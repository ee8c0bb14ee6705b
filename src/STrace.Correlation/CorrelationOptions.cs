using STrace.Model;

namespace STrace.Correlation;

public sealed record CorrelationOptions
{
    /// <summary>The sources of rewrites that may join connections; empty: none.</summary>
    public IReadOnlyCollection<RewriteSource> Rewrites { get; init; } = [];

    /// <summary>A call, or a pause between two calls of one thread, that is longer makes its path slow; ns.</summary>
    public long SlowThresholdNs { get; init; } = 60_000_000_000;

    /// <summary>
    /// A request for which nothing happened for so long counts as over though it was not answered: what comes later is not its; ns.
    /// </summary>
    public long RequestTimeoutNs { get; init; } = 600_000_000_000;

    /// <summary>Whether the hosts' clocks are estimated, and their times corrected; else times are taken as they were recorded.</summary>
    public bool CorrectsClocks { get; init; } = true;

    /// <summary>How far the clocks of two hosts, or of a host and a switch's channel, may stand apart; ns.</summary>
    public long ClockToleranceNs { get; init; } = 1_000_000_000;
}
