namespace STrace.Correlation;

/// <summary>
/// How far apart clocks can be: b's offset less a's is at most the weight from a to b. Offsets that keep all of these exist unless the
/// weights around some cycle sum to less than 0, and shortest distances tell their limits (Bellman). One more clock, <see cref="Zero"/>,
/// has the offset 0.
/// </summary>
internal sealed class ClockBounds(int clocks)
{
    private const long None = long.MaxValue / 4;

    private readonly long[,] _most = Unlimited(clocks + 1);

    public int Zero => clocks;

    public void Limit(int from, int to, long mostNs) => _most[from, to] = Math.Min(_most[from, to], mostNs);

    public void Limit(IEnumerable<ClockLimit> limits)
    {
        foreach (ClockLimit limit in limits)
            Limit(limit.Sender, limit.Receiver, limit.MostNs);
    }

    /// <summary>Draws all conclusions (Floyd and Warshall).</summary>
    /// <returns>Whether there are offsets that keep all limits.</returns>
    public bool Close()
    {
        for (int by = 0; by <= clocks; by++)
            Through(by, by, 0);
        for (int i = 0; i <= clocks; i++)
            if (_most[i, i] < 0)
                return false;
        return true;
    }

    /// <summary>The least and the greatest offset that the clock can have; null where nothing limits it.</summary>
    public (long? Least, long? Most) Of(int clock) => (
        _most[clock, Zero] < None ? -_most[clock, Zero] : null,
        _most[Zero, clock] < None ? _most[Zero, clock] : null);

    /// <summary>Whether anything limits the offset of one above that of the other.</summary>
    public bool Limits(int from, int to) => _most[from, to] < None;

    /// <summary>Gives the clock an offset that it can have, and draws the conclusions.</summary>
    public void Fix(int clock, long offsetNs)
    {
        Through(Zero, clock, offsetNs);
        Through(clock, Zero, -offsetNs);
    }

    /// <summary>Every distance by way of this edge.</summary>
    private void Through(int from, int to, long weight)
    {
        for (int i = 0; i <= clocks; i++)
        {
            if (_most[i, from] >= None)
                continue;
            long reached = _most[i, from] + weight;
            for (int j = 0; j <= clocks; j++)
                if (_most[to, j] < None)
                    _most[i, j] = Math.Min(_most[i, j], reached + _most[to, j]);
        }
    }

    private static long[,] Unlimited(int nodes)
    {
        var most = new long[nodes, nodes];
        for (int i = 0; i < nodes; i++)
            for (int j = 0; j < nodes; j++)
                most[i, j] = i == j ? 0 : None;
        return most;
    }
}
