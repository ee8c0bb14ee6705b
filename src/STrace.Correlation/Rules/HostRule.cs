namespace STrace.Correlation;

/// <summary>
/// One way of telling which request an event serves, or what caused it. A host's events pass the rules in effect order, each
/// event the rules from the strongest to the weakest until one settles it.
/// </summary>
internal abstract class HostRule
{
    /// <summary>Finds, before the walk, causes that need no knowledge of requests; they then hold the order together.</summary>
    /// <param name="byTime">The events in effect order, by times alone.</param>
    public virtual void Prepare(HostEvents host, IReadOnlyList<int> byTime, List<(int Cause, int Effect)> causes)
    {
    }

    /// <returns>Whether the event's request is settled.</returns>
    public abstract bool Apply(Attribution attribution, int index);
}
