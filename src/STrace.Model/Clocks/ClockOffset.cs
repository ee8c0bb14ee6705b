namespace STrace.Model;

/// <summary>How the offset of a host's clock is known.</summary>
public enum ClockSource
{
    /// <summary>Not at all: nothing joins the host's clock with the reference. The offset is by one of the hosts that it is joined with, or 0.</summary>
    Unknown,

    /// <summary>It is the clock that the others are measured by, because the manager read none.</summary>
    Reference,

    /// <summary>Against the reference host, by what went between hosts, in both directions.</summary>
    Messages,

    /// <summary>Against the manager's clock, by what it read of clocks and what went between hosts.</summary>
    Readings,

    /// <summary>By one direction alone: the clock may be further off than the offset says, on one side without limit.</summary>
    Bound,
}

/// <summary>The offset at one moment. Between two knots it changes evenly; two knots of the same time are a step of the clock.</summary>
/// <param name="TimeNs">By the host's own clock, as it was recorded; ns since the epoch.</param>
/// <param name="OffsetNs">The host's clock less the reference's: the manager's if it read clocks, else that of one host.</param>
/// <param name="UncertaintyNs">How far off the offset may be, in either direction, if no clock drifts whose offset stays the same;
/// <see cref="long.MaxValue"/> where nothing limits it.</param>
public readonly record struct ClockKnot(long TimeNs, long OffsetNs, long UncertaintyNs);

/// <summary>How far a host's clock is off, over time. Recorded times are never altered: this is applied when they are used.</summary>
/// <param name="Knots">In order of time, at least one; before the first and after the last the offset stays what it is there.</param>
/// <param name="Contradictions">Times by the host's clock (from, until) for which it is not certain that nothing comes before
/// its cause: what was observed fits no clock that runs, or its drift changes there.</param>
public sealed record ClockOffset(
    string Host, ClockSource Source, IReadOnlyList<ClockKnot> Knots, IReadOnlyList<(long FromNs, long UntilNs)> Contradictions)
{
    /// <summary>When the clock was set, and by how much (ns, forward positive).</summary>
    public IEnumerable<(long TimeNs, long ByNs)> Steps => Knots
        .Zip(Knots.Skip(1))
        .Where(k => k.First.TimeNs == k.Second.TimeNs)
        .Select(k => (k.First.TimeNs, k.Second.OffsetNs - k.First.OffsetNs));
}
