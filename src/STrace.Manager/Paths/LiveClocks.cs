using STrace.Correlation;
using STrace.Model;

namespace STrace.Manager;

/// <summary>Estimates the hosts' clocks anew whenever the manager has read them again.</summary>
/// <param name="readings">All of the session so far.</param>
internal sealed class LiveClocks(Func<IEnumerable<ClockReading>> readings)
{
    private readonly PacketFlights _flights = new();
    private int _readings;

    /// <summary>As last estimated.</summary>
    public IReadOnlyList<ClockOffset> Offsets { get; private set; } = [];

    /// <param name="packet">As the host stamped it.</param>
    public void Add(CapturedPacket packet) => _flights.Add(packet);

    /// <returns>Whether more is known than before.</returns>
    public bool Estimate()
    {
        ClockReading[] all = [.. readings()];
        if (all.Length == _readings)
            return false;
        _readings = all.Length;
        var estimator = new ClockEstimator();
        foreach (ClockReading reading in all)
            estimator.Add(reading);
        _flights.Observe(estimator);
        Offsets = estimator.Estimate();
        return true;
    }
}
