namespace STrace.Export;

public enum DotDetail
{
    /// <summary>A node a process.</summary>
    Coarse,

    /// <summary>A node a call.</summary>
    Fine,
}

/// <param name="SlowThresholdNs">A longer time between two nodes is drawn dotted, with the time; the original's is one minute.</param>
public sealed record DotOptions(DotDetail Detail = DotDetail.Fine, long SlowThresholdNs = 60_000_000_000);
