namespace STrace.Correlation;

/// <summary>
/// All clocks and what went between them, on one axis of time: that of the reference, on which a time of another clock lies where its
/// middle offset puts it. The axis is only for telling which observations belong together and need not be exact.
/// </summary>
internal sealed class ClockNetwork
{
    /// <summary>The axis is cut into as many steps, at whose ends estimates can change.</summary>
    public const int Steps = 128;

    private const long ShortestStepNs = 1_000_000;

    /// <summary>What is lost where offsets that change are rounded to whole ns.</summary>
    private const long RoundingNs = 2 * ClockCheck.RoundingNs;

    private readonly (int First, int Second, ClockPair Tracks)[] _pairs;
    private readonly long _startNs;
    private readonly long _stepNs;

    /// <param name="pairs">By name; each with observations.</param>
    public ClockNetwork(ClockPair[] pairs)
    {
        Names = [.. pairs.SelectMany(p => (string[])[p.First, p.Second]).Distinct().Order(StringComparer.Ordinal)];
        _pairs = [.. pairs.Select(p => (Array.IndexOf(Names, p.First), Array.IndexOf(Names, p.Second), p))];
        ByEvidence = [.. Enumerable.Range(0, Names.Length)
            .OrderBy(c => Names[c] != ClockEstimator.Manager).ThenByDescending(Evidence).ThenBy(c => c)];
        Middle = new long[Names.Length];
        SetMiddles();

        long[] times = [.. _pairs.SelectMany(p => Times(p.First, p.Second, p.Tracks.Forward, +1).Concat(Times(p.First, p.Second, p.Tracks.Backward, -1)))];
        _startNs = times.Min();
        _stepNs = Math.Max((times.Max() - _startNs) / Steps + 1, ShortestStepNs);
    }

    /// <summary>All clocks, by name; the manager's, if it is among them, is the first.</summary>
    public string[] Names { get; }

    /// <summary>The reference first, then those that most messages tell of.</summary>
    public int[] ByEvidence { get; }

    /// <summary>Each clock's middle offset over all the time.</summary>
    public long[] Middle { get; }

    /// <summary>The manager's clock, which stamps control messages and rules, if it read any other; else the best observed host's.</summary>
    public int Reference => ByEvidence[0];

    public IReadOnlyList<(int First, int Second, ClockPair Tracks)> Pairs => _pairs;

    public long StepNs => _stepNs;

    /// <summary>Where a step begins, on the axis.</summary>
    public long At(int step) => _startNs + step * _stepNs;

    /// <summary>The same by a clock's own time.</summary>
    public long TimeOf(int clock, int step) => At(step) + Middle[clock];

    /// <summary>The step in which a time of the clock lies.</summary>
    public int StepOf(int clock, long timeNs) => (int)Math.Clamp((timeNs - Middle[clock] - _startNs) / _stepNs, 0, Steps - 1);

    /// <summary>
    /// How all that went between the clocks from one step of the axis to another limits the offsets that they have at one moment of it,
    /// if they drift like this then: of each pair and direction the observation that limits them most.
    /// </summary>
    /// <param name="uncertainty">By how much each may drift otherwise (ns a ns).</param>
    public List<ClockLimit> Limits(int from, int until, double[] drift, double[] uncertainty, long momentNs)
    {
        var limits = new List<ClockLimit>();
        foreach ((int a, int b, ClockPair tracks) in _pairs)
        {
            Add(a, b, Corners(tracks.Forward, a, from, until).Select(c => (c.X, c.X + c.Y)));
            Add(b, a, Corners(tracks.Backward, a, from, until).Select(c => (c.X - c.Y, c.X)));
        }
        return limits;

        void Add(int sender, int receiver, IEnumerable<(long SentNs, long ReceivedNs)> corners)
        {
            bool drifts = drift[sender] != 0 || drift[receiver] != 0 || uncertainty[sender] != 0 || uncertainty[receiver] != 0;
            ClockLimit? least = null;
            foreach ((long sentNs, long receivedNs) in corners)
            {
                long ns = receivedNs - sentNs, sent = sentNs - Middle[sender] - momentNs, received = receivedNs - Middle[receiver] - momentNs;
                if (drifts)
                {
                    ns += (long)Math.Floor(drift[sender] * sent - drift[receiver] * received +
                        uncertainty[sender] * Math.Abs(sent) + uncertainty[receiver] * Math.Abs(received)) - RoundingNs;
                }
                if (least is null || ns < least.Value.MostNs)
                    least = new ClockLimit(sender, receiver, ns, sent, received);
            }
            if (least is { } limit)
                limits.Add(limit);
        }
    }

    /// <summary>How the clocks of each pair can drift against each other between these steps; null where they cannot.</summary>
    public IEnumerable<(int First, int Second, DriftRange? Range)> DriftRanges(int from, int until) => _pairs.Select(p => (
        p.First, p.Second,
        DriftRange.Of(Corners(p.Tracks.Forward, p.First, from, until), Corners(p.Tracks.Backward, p.First, from, until))));

    /// <summary>Who has received anything from whom, by however many others.</summary>
    public ClockBounds Reached()
    {
        var bounds = new ClockBounds(Names.Length);
        foreach ((int a, int b, ClockPair tracks) in _pairs)
        {
            if (tracks.Forward.Count > 0)
                bounds.Limit(a, b, 0);
            if (tracks.Backward.Count > 0)
                bounds.Limit(b, a, 0);
        }
        bounds.Close();
        return bounds;
    }

    private long Evidence(int clock) => _pairs
        .Where(p => (p.First == clock || p.Second == clock) && p.Tracks.First != ClockEstimator.Manager)
        .Sum(p => p.Tracks.Count);

    /// <summary>Where on the axis lies what limits the clocks, by either of them.</summary>
    /// <param name="direction">1 from the first clock to the second, -1 back.</param>
    private IEnumerable<long> Times(int first, int second, ClockTrack track, int direction)
    {
        if (track.Count == 0)
            return [];
        return track.All()
            .SelectMany(w => w.Envelope.Corners.ToArray())
            .Select(c => c.X + direction * c.Y - Middle[second])
            .Append(track.FirstX - Middle[first]).Append(track.LastX - Middle[first]);
    }

    /// <summary>How far each second clock is ahead of the first, in the middle of what is possible; 0 where that is possible.</summary>
    private IEnumerable<(int First, int Second, double Width, long Ahead)> Middles()
    {
        foreach ((int a, int b, ClockPair tracks) in _pairs)
        {
            (long most, long least) = (tracks.Forward.LeastY, -tracks.Backward.LeastY);
            if (tracks.Backward.Count == 0)
                yield return (a, b, double.PositiveInfinity, Math.Min(most, 0));
            else if (tracks.Forward.Count == 0)
                yield return (a, b, double.PositiveInfinity, Math.Max(least, 0));
            else
                yield return (a, b, Math.Abs((double)most - least), least <= 0 && 0 <= most ? 0 : least + (most - least) / 2);
        }
    }

    private List<(long X, long Y)> Corners(ClockTrack track, int first, int from, int until)
    {
        var corners = new List<(long, long)>();
        foreach (ClockEnvelope envelope in track.Between(At(from) + Middle[first], At(until) + Middle[first]))
            corners.AddRange(envelope.Corners);
        return corners;
    }

    /// <summary>Goes out from the reference, and from one clock of whatever is not joined with it, by the narrowest pairs first.</summary>
    private void SetMiddles()
    {
        var rest = Middles().OrderBy(p => p.Width).ThenBy(p => p.First).ThenBy(p => p.Second).ToList();
        var reached = new bool[Names.Length];
        foreach (int start in ByEvidence)
        {
            reached[start] = true;
            for (int i; (i = rest.FindIndex(p => reached[p.First] != reached[p.Second])) >= 0; rest.RemoveAt(i))
            {
                (int first, int second, _, long ahead) = rest[i];
                if (reached[first])
                    Middle[second] = Middle[first] + ahead;
                else
                    Middle[first] = Middle[second] - ahead;
                reached[first] = reached[second] = true;
            }
        }
    }
}
