namespace STrace.Correlation;

/// <summary>
/// How the second of two clocks can drift against the first: for which drifts there is a line between what went in both directions.
/// </summary>
/// <param name="Least">ns a ns of the first clock.</param>
internal readonly record struct DriftRange(double Least, double Most)
{
    private const int Halvings = 48;

    private static readonly DriftRange Any = new(-ClockEnvelope.MaxDrift, ClockEnvelope.MaxDrift);

    /// <returns>Null where no drift of a running clock explains what was observed.</returns>
    public static DriftRange? Of(List<(long X, long Y)> forward, List<(long X, long Y)> backward)
    {
        if (forward.Count == 0 || backward.Count == 0)
            return Any;
        (long X, long Y) origin = forward[0];
        (double X, double Y)[] above = Hull(forward, origin.X, origin.Y), below = Hull(backward, origin.X, -origin.Y);

        // The room between the two is concave in the drift, and greatest where a line lies on an edge.
        double best = Edges(above).Concat(Edges(below).Select(d => -d)).Append(0).MaxBy(Room);
        return Room(best) < 0 ? null : new DriftRange(Last(best, Any.Least), Last(best, Any.Most));

        double Room(double drift) => above.Min(p => p.Y - drift * p.X) + below.Min(p => p.Y + drift * p.X);

        double Last(double good, double bad)
        {
            if (Room(bad) >= 0)
                return bad;
            for (int i = 0; i < Halvings; i++)
            {
                double middle = (good + bad) / 2;
                (good, bad) = Room(middle) >= 0 ? (middle, bad) : (good, middle);
            }
            return good;
        }
    }

    private static IEnumerable<double> Edges((double X, double Y)[] hull) =>
        hull.Zip(hull.Skip(1), (left, right) => (right.Y - left.Y) / (right.X - left.X));

    private static (double X, double Y)[] Hull(List<(long X, long Y)> corners, long originX, long originY)
    {
        var hull = new ClockEnvelope();
        foreach ((long x, long y) in corners)
            hull.Add(x, y);
        return Array.ConvertAll(hull.Corners.ToArray(), p => ((double)(p.X - originX), (double)(p.Y - originY)));
    }
}
