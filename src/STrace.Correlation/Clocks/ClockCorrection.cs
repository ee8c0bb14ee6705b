using STrace.Model;

namespace STrace.Correlation;

/// <summary>Turns the times that hosts recorded into those of one clock, so that events of several hosts can be compared.</summary>
public static class ClockCorrection
{
    /// <summary>
    /// Estimates the clocks from what the manager read of them and from the packets that one host sent and another received. What is
    /// stamped by the manager (rules, the network's history) stays as it is, and so does all of a host whose clock is right.
    /// </summary>
    /// <param name="offsets">How far the hosts' clocks are off; hosts of which nothing is known are not among them.</param>
    public static CorrelationInput Apply(CorrelationInput input, out IReadOnlyList<ClockOffset> offsets)
    {
        offsets = Estimate(input);
        Dictionary<string, HostClock> wrong = offsets
            .Select(o => (o.Host, Clock: new HostClock(o.Knots)))
            .Where(o => !o.Clock.IsRight)
            .ToDictionary(o => o.Host, o => o.Clock);
        if (wrong.Count == 0)
            return input;
        return input with
        {
            Events = Correct(input.Events, e => e.Host, (e, clock) => clock.Correct(e)),
            ThreadStarts = Correct(input.ThreadStarts, s => s.Host, (s, clock) => s with { TimeNs = clock.Correct(s.TimeNs) }),
            Losses = Correct(input.Losses, l => l.Host, (l, clock) => l with { TimeNs = clock.Correct(l.TimeNs) }),
            DeclaredSends = Correct(input.DeclaredSends, d => d.Host, (d, clock) => d with { TimeNs = clock.Correct(d.TimeNs) }),
            Packets = Correct(input.Packets, p => p.Host, (p, clock) => p with { TimeNs = clock.Correct(p.TimeNs) }),
        };

        IReadOnlyCollection<T> Correct<T>(IReadOnlyCollection<T> recorded, Func<T, string> host, Func<T, HostClock, T> correct) =>
            [.. recorded.Select(r => wrong.TryGetValue(host(r), out HostClock? clock) ? correct(r, clock) : r)];
    }

    private static IReadOnlyList<ClockOffset> Estimate(CorrelationInput input)
    {
        var estimator = new ClockEstimator();
        foreach (ClockReading reading in input.ClockReadings)
            estimator.Add(reading);
        var flights = new PacketFlights();
        foreach (CapturedPacket packet in input.Packets)
            flights.Add(packet);
        flights.Observe(estimator);
        return estimator.Estimate();
    }
}
