namespace STrace.Correlation;

/// <summary>Offsets that keep everything between two steps of the axis, each drifting evenly.</summary>
/// <param name="momentNs">On the axis, when the offsets are those given.</param>
/// <param name="uncertaintyNs">How far the offsets could be others; <see cref="long.MaxValue"/> where nothing limits them.</param>
internal sealed class ClockSection(
    int from, int until, long momentNs, ClockDrifts drifts, long[] offsetNs, long[] uncertaintyNs)
{
    private const int MostCorrections = 200;
    private const double Beyond = 1.5; // the way to where a contradiction just ends, so that the room for offsets is not nothing

    public int From => from;

    public int Until => until;

    public double[] Drift => drifts.Drift;

    public long[] UncertaintyNs => uncertaintyNs;

    private bool IsRight => offsetNs.All(o => o == 0) && drifts.None;

    /// <summary>Offsets of all clocks at a moment of the axis.</summary>
    public long[] At(long timeNs) => [.. offsetNs.Zip(drifts.Drift, (offset, d) => offset + (long)(d * (timeNs - momentNs)))];

    /// <summary>No correction if there need be none, else offsets that stay the same where they can, else such as drift.</summary>
    /// <returns>Null when no clocks that run keep all that was observed.</returns>
    public static ClockSection? Fit(ClockNetwork network, int from, int until)
    {
        ClockSection? constant = Solve(network, from, until, ClockDrifts.Zero(network.Names.Length));
        if (constant?.IsRight == true)
            return constant;
        var ranges = network.DriftRanges(from, until).ToList();
        if (ranges.Any(r => r.Range is null))
            return null;
        ClockDrifts? drifts = ClockDrifts.Of(network, ranges.Select(r => (r.First, r.Second, r.Range!.Value)));
        if (drifts is null || drifts.None && constant is not null || !Agree(network, from, until, drifts))
            return constant;
        return Solve(network, from, until, drifts) ?? constant;
    }

    /// <summary>
    /// Drifts that are possible each may leave no offsets together: changes them as little as takes the contradictions away, one after
    /// another (the relaxation method of Agmon and of Motzkin and Schoenberg, 1954).
    /// </summary>
    private static bool Agree(ClockNetwork network, int from, int until, ClockDrifts drifts)
    {
        double[] drift = drifts.Drift, slope = new double[drift.Length];
        for (int i = 0; i < MostCorrections; i++)
        {
            List<ClockLimit> limits = network.Limits(from, until, drift, new double[drift.Length], Moment(network, from, until));
            if (ClockLimit.Contradiction(limits, drift.Length) is not { } cycle)
                return true;
            Array.Clear(slope);
            foreach (ClockLimit limit in cycle)
            {
                slope[limit.Sender] += limit.SentNs;
                slope[limit.Receiver] -= limit.ReceivedNs;
            }
            slope[network.Reference] = 0;
            double steep = slope.Sum(s => s * s);
            if (steep == 0)
                return false;
            double by = -Beyond * cycle.Sum(l => l.MostNs) / steep;
            for (int clock = 0; clock < drift.Length; clock++)
            {
                drift[clock] += by * slope[clock];
                drifts.Uncertainty[clock] += Math.Abs(by * slope[clock]);
            }
        }
        return false;
    }

    private static long Moment(ClockNetwork network, int from, int until) => network.At(from) + (network.At(until) - network.At(from)) / 2;

    private static ClockSection? Solve(ClockNetwork network, int from, int until, ClockDrifts drifts)
    {
        double[] drift = drifts.Drift;
        long momentNs = Moment(network, from, until);
        var bounds = new ClockBounds(drift.Length);
        bounds.Limit(network.Limits(from, until, drift, new double[drift.Length], momentNs));
        if (!bounds.Close())
            return null;
        bounds.Fix(network.Reference, 0);
        var offsets = new long[drift.Length];
        var chosen = new List<int> { network.Reference };
        bool isWhole = from == 0 && until == ClockNetwork.Steps; // else too little may tell that a clock is not right
        bool MayBeRight(int clock) => drift[clock] == 0 && IsIn(0, bounds.Of(clock)) && (isWhole || network.Middle[clock] == 0);
        foreach (int clock in network.ByEvidence.Skip(1).Where(MayBeRight))
            Choose(clock, 0);
        foreach (int clock in network.ByEvidence.Except(chosen).ToList())
            Choose(clock, Offset(clock));
        return new ClockSection(from, until, momentNs, drifts, offsets, Uncertainty());

        void Choose(int clock, long offsetNs)
        {
            bounds.Fix(clock, offsets[clock] = offsetNs);
            chosen.Add(clock);
        }

        // If all clocks drifted as differently as they can, the offsets would have these limits and go away from there.
        long[] Uncertainty()
        {
            var possible = new ClockBounds(drift.Length);
            possible.Limit(network.Limits(from, until, drift, drifts.Uncertainty, momentNs));
            possible.Close();
            possible.Fix(network.Reference, 0);
            return [.. offsets.Select((offset, clock) => possible.Of(clock) is ({ } least, { } most)
                ? Math.Max(most - offset, offset - least) + (long)(drifts.Uncertainty[clock] * (network.At(until) - momentNs))
                : long.MaxValue)];
        }

        // Hosts of one machine have one clock: an offset that another has is better than one in the middle.
        long Offset(int clock)
        {
            (long? Least, long? Most) limit = bounds.Of(clock);
            if (limit is not ({ } least, { } most))
                return Nearest(network.Middle[clock], limit);
            foreach (int other in chosen)
                if (drift[other] == drift[clock] && IsIn(offsets[other], limit))
                    return offsets[other];
            return least + (most - least) / 2;
        }
    }

    private static bool IsIn(long offset, (long? Least, long? Most) limit) => !(offset < limit.Least) && !(offset > limit.Most);

    private static long Nearest(long offset, (long? Least, long? Most) limit) =>
        Math.Max(Math.Min(offset, limit.Most ?? offset), limit.Least ?? long.MinValue);
}
