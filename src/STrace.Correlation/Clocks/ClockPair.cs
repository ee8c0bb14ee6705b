namespace STrace.Correlation;

/// <summary>What went between two clocks. Both tracks go by the first one's time, in which their difference can be drawn.</summary>
/// <param name="First">The one whose name comes first.</param>
internal sealed record ClockPair(string First, string Second)
{
    /// <summary>From the first to the second: the second is at most this far ahead of the first.</summary>
    public ClockTrack Forward { get; } = new();

    /// <summary>From the second to the first: the second is at most this far behind the first.</summary>
    public ClockTrack Backward { get; } = new();

    public long Count => Forward.Count + Backward.Count;
}
