using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>Hosts whose true clocks are known, and what goes between them.</summary>
internal sealed class ClockSimulation(int seed)
{
    public const long StartNs = 1_700_000_000_000_000_000;

    private readonly Random _random = new(seed);
    private readonly Dictionary<string, Func<long, long>> _clocks = new() { [""] = t => t };

    /// <summary>What was observed: the sender, when, the receiver, when, each by its own clock. The manager has no name.</summary>
    public List<(string From, long SentNs, string To, long ReceivedNs)> Observations { get; } = [];

    public List<ClockReading> Readings { get; } = [];

    public Random Random => _random;

    /// <param name="clock">From true ns since the start to how far the clock is off.</param>
    public void Host(string name, Func<long, double> clock) => _clocks[name] = t => t + (long)clock(t - StartNs);

    public void Host(string name, long offsetNs, double drift = 0) => Host(name, t => offsetNs + drift * t);

    /// <summary>Messages evenly over the time, each delayed by at least so much and now and then by much more.</summary>
    public void Talk(string from, string to, int count, long leastNs, long noiseNs, double seconds, double startSecond = 0)
    {
        for (int i = 0; i < count; i++)
        {
            long sent = StartNs + (long)((startSecond + _random.NextDouble() * seconds) * 1e9);
            long delay = leastNs + (long)(-Math.Log(1 - _random.NextDouble()) * noiseNs);
            Observations.Add((from, ClockOf(from, sent), to, ClockOf(to, sent + delay)));
        }
    }

    /// <summary>The manager reads the host's clock every 10 seconds.</summary>
    public void Read(string host, double seconds, long roundTripNs)
    {
        for (double at = 0; at <= seconds; at += 10)
        {
            long sent = StartNs + (long)(at * 1e9), there = sent + (long)(_random.NextDouble() * roundTripNs);
            Readings.Add(new ClockReading(host, sent, ClockOf(host, there), sent + roundTripNs));
        }
    }

    public long ClockOf(string host, long trueNs) => _clocks[host](trueNs);

    public IReadOnlyList<ClockOffset> Estimate()
    {
        var estimator = new ClockEstimator();
        foreach (var (from, sent, to, received) in Observations)
            estimator.Link(from, to).Add(sent, received);
        foreach (ClockReading reading in Readings)
            estimator.Add(reading);
        return estimator.Estimate();
    }

    public void Shuffle()
    {
        var observations = Observations.ToArray();
        var readings = Readings.ToArray();
        _random.Shuffle(observations);
        _random.Shuffle(readings);
        Observations.Clear();
        Observations.AddRange(observations);
        Readings.Clear();
        Readings.AddRange(readings);
    }

    /// <summary>Nothing that was observed came before it was sent, but where the estimate says that it leaves something out.</summary>
    public void AssertCausal(IReadOnlyList<ClockOffset> offsets)
    {
        var clocks = new HostClocks(offsets);
        var left = offsets.ToDictionary(o => o.Host, o => o.Contradictions);
        foreach (var (from, sent, to, received) in Observations)
        {
            if (!left[from].Any(c => c.FromNs <= sent && sent <= c.UntilNs) && !left[to].Any(c => c.FromNs <= received && received <= c.UntilNs))
                Assert.True(clocks.Correct(to, received) >= clocks.Correct(from, sent), $"{from} {sent} -> {to} {received}");
        }
    }

    /// <summary>Every host's time is right against the reference's to within what the estimate says of itself.</summary>
    public void AssertWithinUncertainty(IReadOnlyList<ClockOffset> offsets, double seconds, long slackNs = 10)
    {
        var clocks = new HostClocks(offsets);
        string reference = offsets.SingleOrDefault(o => o.Source == ClockSource.Reference)?.Host ?? "";
        foreach (ClockOffset offset in offsets.Where(o => o.Source is ClockSource.Messages or ClockSource.Readings))
        {
            for (double at = 0.05; at < 1; at += 0.1)
            {
                long now = StartNs + (long)(at * seconds * 1e9), right = clocks.Correct(reference, ClockOf(reference, now));
                long error = Math.Abs(clocks.Correct(offset.Host, ClockOf(offset.Host, now)) - right);
                Assert.True(error - slackNs <= offset.Knots.Max(k => k.UncertaintyNs), $"{offset.Host} is {error} ns off, {offset.Knots[0]}");
            }
        }
    }
}
