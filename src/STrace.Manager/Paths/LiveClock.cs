using STrace.Model;

namespace STrace.Manager;

/// <summary>
/// One host's clock as far as it is known while the session goes on. What was corrected once stays: a later estimate is approached evenly
/// from there, so that the host's time never goes back.
/// </summary>
internal sealed class LiveClock
{
    private const long LeastSlewNs = 1_000_000_000;
    private const long SlewPerOffset = 4;

    private HostClock _clock = HostClock.Right;

    /// <summary>Whether there was an estimate.</summary>
    public bool IsKnown { get; private set; }

    public long Correct(long timeNs) => _clock.Correct(timeNs);

    public HostEvent Correct(HostEvent e) => _clock.Correct(e);

    /// <param name="usedNs">Times until then were corrected, by the host's clock; 0 when none was.</param>
    public void Learn(ClockOffset estimate, long usedNs)
    {
        IsKnown = true;
        var clock = new HostClock(estimate.Knots);
        if (usedNs == 0)
        {
            _clock = clock;
            return;
        }
        long atNs = usedNs - _clock.Correct(usedNs);
        long slewNs = Math.Max(LeastSlewNs, SlewPerOffset * Math.Abs(usedNs - clock.Correct(usedNs) - atNs));
        long thenNs = usedNs + slewNs;
        _clock = new HostClock([
            new ClockKnot(usedNs, atNs, 0), new ClockKnot(thenNs, thenNs - clock.Correct(thenNs), 0),
            .. estimate.Knots.Where(k => k.TimeNs > thenNs)]);
    }
}
