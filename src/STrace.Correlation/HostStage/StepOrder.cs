using STrace.Model;

namespace STrace.Correlation;

/// <summary>By host, agent, thread and the thread's own order: the same whatever the order of arrival.</summary>
internal sealed class StepOrder : IComparer<Step>
{
    public static readonly StepOrder Instance = new();

    public int Compare(Step? x, Step? y)
    {
        (Step a, Step b) = (x!, y!);
        if (a.Ring == b.Ring)
            return a.Sequence.CompareTo(b.Sequence);
        (ThreadLife of, ThreadLife other) = (a.Ring.Life, b.Ring.Life);
        int order = string.CompareOrdinal(of.Host, other.Host);
        if (order == 0)
            order = of.Agent.CompareTo(other.Agent);
        if (order == 0)
            order = of.Ring.CompareTo(other.Ring);
        return order != 0 ? order : a.Sequence.CompareTo(b.Sequence);
    }
}
