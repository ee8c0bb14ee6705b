namespace STrace.Correlation;

/// <summary>How fast each clock's offset changes, by its own time.</summary>
/// <param name="Drift">ns a ns; 0 where that is possible and not far from the middle of what is.</param>
/// <param name="Uncertainty">How far the drift may be another.</param>
internal sealed record ClockDrifts(double[] Drift, double[] Uncertainty)
{
    private const double Unit = 1e-15;

    public bool None => Drift.All(d => d == 0);

    public static ClockDrifts Zero(int clocks) => new(new double[clocks], new double[clocks]);

    /// <param name="pairs">How the second clock can drift against the first.</param>
    /// <returns>Null when no drifts keep to all pairs.</returns>
    public static ClockDrifts? Of(ClockNetwork network, IEnumerable<(int First, int Second, DriftRange Range)> pairs)
    {
        // The rates of clocks multiply; their logarithms add up, as offsets do.
        var bounds = new ClockBounds(network.Names.Length);
        foreach ((int first, int second, DriftRange range) in pairs)
        {
            bounds.Limit(first, second, (long)Math.Floor(Math.Log(1 + range.Most) / Unit));
            bounds.Limit(second, first, -(long)Math.Ceiling(Math.Log(1 + range.Least) / Unit));
        }
        if (!bounds.Close())
            return null;
        bounds.Fix(network.Reference, 0);
        (long? Least, long? Most)[] possible = [.. Enumerable.Range(0, network.Names.Length).Select(bounds.Of)];
        ClockDrifts drifts = Zero(network.Names.Length);
        foreach (int clock in network.ByEvidence.Skip(1))
        {
            if (bounds.Of(clock) is not ({ } least, { } most))
                continue;
            long middle = least + (most - least) / 2, rate = Math.Abs(middle) <= (most - least) / 4 ? 0 : middle;
            drifts.Drift[clock] = 1 - Math.Exp(-rate * Unit);
            drifts.Uncertainty[clock] = Math.Max(possible[clock].Most!.Value - rate, rate - possible[clock].Least!.Value) * Unit;
            bounds.Fix(clock, rate);
        }
        return drifts;
    }
}
