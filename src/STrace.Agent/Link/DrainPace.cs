namespace STrace.Agent;

/// <summary>
/// How long the drain thread sleeps between two passes: the less the fuller it finds the rings, so that they have room; not at all
/// while one is a quarter full; and long where nothing happens.
/// </summary>
internal struct DrainPace(uint recordsPerRing)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMicroseconds(50);

    /// <summary>While a session records a burst must not wait long: a call a microsecond fills a ring in a millisecond.</summary>
    private static readonly TimeSpan LongestArmed = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestDisarmed = TimeSpan.FromMilliseconds(10);

    private TimeSpan _pause;

    /// <param name="most">Records that the fullest ring held.</param>
    public TimeSpan After(int most, bool armed)
    {
        TimeSpan longest = armed ? LongestArmed : LongestDisarmed;
        _pause = most >= recordsPerRing / 4 ? TimeSpan.Zero
            : most >= recordsPerRing / 16 ? Max(_pause / 2, Shortest)
            : Max(_pause * 2, Shortest);
        return _pause = _pause < longest ? _pause : longest;
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
