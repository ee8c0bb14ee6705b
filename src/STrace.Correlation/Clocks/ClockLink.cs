namespace STrace.Correlation;

/// <summary>
/// What went from one host to another: kept by who has many observations of one connection. Not thread-safe, like its estimator.
/// </summary>
public sealed class ClockLink
{
    private readonly ClockTrack _track;
    private readonly bool _byReceiver; // whose clock gives the track's times

    internal ClockLink(ClockTrack track, bool byReceiver) => (_track, _byReceiver) = (track, byReceiver);

    /// <summary>Something left at this time by the sender's clock and came at that time by the receiver's; ns since the epoch.</summary>
    public void Add(long sentNs, long receivedNs) => _track.Add(_byReceiver ? receivedNs : sentNs, receivedNs - sentNs);
}
