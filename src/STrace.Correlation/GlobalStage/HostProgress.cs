namespace STrace.Correlation;

/// <summary>How far one host's events have come.</summary>
internal sealed class HostProgress(long timeoutNs)
{
    public HostWalk Walk { get; } = new(timeoutNs);

    /// <summary>Everything that took effect until then is there, ns.</summary>
    public long PassedNs { get; set; } = long.MinValue;

    /// <summary>Until when the host was heard; null: it still is.</summary>
    public long? LateSinceNs { get; set; }
}
