namespace STrace.Model;

/// <summary>Turns one host's recorded times into those of the reference clock. Immutable, for any thread.</summary>
public sealed class HostClock
{
    /// <summary>A clock that is right.</summary>
    public static readonly HostClock Right = new([new ClockKnot(0, 0, long.MaxValue)]);

    private readonly long _constantNs;
    private readonly ClockKnot[]? _knots; // null: constant

    /// <param name="knots">As in <see cref="ClockOffset.Knots"/>.</param>
    public HostClock(IReadOnlyList<ClockKnot> knots)
    {
        _constantNs = knots[0].OffsetNs;
        if (knots.Any(k => k.OffsetNs != _constantNs))
            _knots = [.. knots];
    }

    /// <summary>Whether every time is right as it was recorded.</summary>
    public bool IsRight => _knots is null && _constantNs == 0;

    /// <param name="timeNs">As recorded; ns since the epoch.</param>
    public long Correct(long timeNs) => timeNs - (_knots is null ? _constantNs : OffsetAt(_knots, timeNs));

    /// <summary>The call at corrected times. It never ends before it began, even where the estimate has the clock set during it.</summary>
    public HostEvent Correct(HostEvent e)
    {
        if (IsRight)
            return e;
        long enterNs = Correct(e.EnterNs);
        return e.At(enterNs, Math.Max(enterNs, Correct(e.ExitNs)));
    }

    private static long OffsetAt(ClockKnot[] knots, long timeNs)
    {
        int low = 0, high = knots.Length; // the first knot behind the time
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (knots[middle].TimeNs > timeNs)
                high = middle;
            else
                low = middle + 1;
        }
        if (low == 0 || low == knots.Length)
            return knots[Math.Max(low - 1, 0)].OffsetNs;
        ClockKnot from = knots[low - 1], to = knots[low];
        return from.OffsetNs + (long)((double)(to.OffsetNs - from.OffsetNs) * (timeNs - from.TimeNs) / (to.TimeNs - from.TimeNs));
    }
}
