using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Cuts the time into sections, each as long as one drift of every clock explains all that was observed, and puts their offsets
/// together: evenly from one section's to the next's where the clocks can have run on, else with a step. The result is then held
/// against what was observed, and the times are named where it does not keep it.
/// </summary>
internal sealed class ClockTimeline
{
    private readonly ClockNetwork _network;
    private readonly List<ClockSection> _sections = [];

    public ClockTimeline(ClockNetwork network)
    {
        _network = network;
        for (int from = 0; from < ClockNetwork.Steps;)
        {
            ClockSection? longest = Longest(from);
            if (longest is not null)
                _sections.Add(longest);
            from = longest?.Until ?? from + 1;
        }
    }

    /// <summary>Those of hosts, by name.</summary>
    public IReadOnlyList<ClockOffset> Offsets()
    {
        ClockBounds reached = _network.Reached();
        List<ClockKnot>[] knots = [.. Enumerable.Range(0, _network.Names.Length).Select(Knots)];
        bool[][] doubtful = Array.ConvertAll(knots, _ => Uncovered());
        new ClockCheck(_network, knots).Mark(doubtful);
        return [.. Enumerable.Range(0, knots.Length)
            .Where(clock => _network.Names[clock] != ClockEstimator.Manager)
            .Select(clock => new ClockOffset(_network.Names[clock], Source(clock, reached), knots[clock], Times(clock, doubtful[clock])))];
    }

    private ClockSection? Longest(int from)
    {
        if (ClockSection.Fit(_network, from, ClockNetwork.Steps) is { } whole)
            return whole;
        ClockSection? longest = null;
        for (int fits = from, fails = ClockNetwork.Steps; fails - fits > 1;)
        {
            int middle = (fits + fails) / 2;
            if (ClockSection.Fit(_network, from, middle) is { } section)
                (longest, fits) = (section, middle);
            else
                fails = middle;
        }
        return longest;
    }

    private List<ClockKnot> Knots(int clock)
    {
        var knots = new List<ClockKnot>();
        for (int i = 0; i < _sections.Count; i++)
        {
            ClockSection section = _sections[i];
            bool isFirst = i == 0, isLast = i == _sections.Count - 1;
            if (!isFirst && Steps(clock, i - 1))
                Add(section, StepNs(i - 1));
            int from = section.From + (isFirst ? 0 : 1), until = section.Until - (isLast ? 0 : 1);
            if (from <= until)
                Add(section, _network.At(from));
            if (from < until && (section.Drift[clock] != 0 || _sections.Count > 1))
                Add(section, _network.At(until));
            if (!isLast && Steps(clock, i))
                Add(section, StepNs(i));
        }
        return knots.Count > 0 ? knots : [new ClockKnot(0, 0, long.MaxValue)];

        void Add(ClockSection section, long atNs) =>
            knots.Add(new ClockKnot(atNs + _network.Middle[clock], section.At(atNs)[clock], section.UncertaintyNs[clock]));
    }

    /// <summary>When clocks step that step between the section of this number and the next.</summary>
    private long StepNs(int before) => _network.At(_sections[before].Until) / 2 + _network.At(_sections[before + 1].From) / 2;

    /// <summary>Whether the clock was set between the section of this number and the next: the difference is no drift.</summary>
    private bool Steps(int clock, int before)
    {
        ClockSection left = _sections[before], right = _sections[before + 1];
        long atNs = StepNs(before);
        double jump = Math.Abs((double)right.At(atNs)[clock] - left.At(atNs)[clock]);
        double uncertain = (double)left.UncertaintyNs[clock] + right.UncertaintyNs[clock];
        double drifted = ClockEnvelope.MaxDrift * (2 + right.From - left.Until) * _network.StepNs;
        return jump > drifted && jump > uncertain;
    }

    private ClockSource Source(int clock, ClockBounds reached)
    {
        int reference = _network.Reference;
        if (clock == reference)
            return ClockSource.Reference;
        return (reached.Limits(reference, clock), reached.Limits(clock, reference)) switch
        {
            (true, true) => _network.Names[reference] == ClockEstimator.Manager ? ClockSource.Readings : ClockSource.Messages,
            (false, false) => ClockSource.Unknown,
            _ => ClockSource.Bound,
        };
    }

    /// <summary>The steps that no section holds, and those around a clock's being set, whose moment is not known.</summary>
    private bool[] Uncovered()
    {
        var steps = new bool[ClockNetwork.Steps];
        int last = 0;
        for (int i = 0; i <= _sections.Count; i++)
        {
            int next = i < _sections.Count ? _sections[i].From : ClockNetwork.Steps;
            bool isSet = i > 0 && i < _sections.Count && _network.ByEvidence.Any(clock => Steps(clock, i - 1));
            (int from, int until) = isSet ? (last - 1, next + 1) : (last, next);
            Array.Fill(steps, true, from, until - from);
            last = i < _sections.Count ? _sections[i].Until : next;
        }
        return steps;
    }

    private List<(long FromNs, long UntilNs)> Times(int clock, bool[] steps)
    {
        var times = new List<(long, long)>();
        for (int from = 0, until; from < steps.Length; from = until + 1)
        {
            for (until = from; until < steps.Length && steps[until]; until++) ;
            if (until > from)
                times.Add((_network.TimeOf(clock, from), _network.TimeOf(clock, until)));
        }
        return times;
    }
}
