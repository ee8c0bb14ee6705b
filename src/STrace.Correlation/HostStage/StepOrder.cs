namespace STrace.Correlation;

/// <summary>By host, agent, thread and the thread's own order: the same whatever the order of arrival.</summary>
internal sealed class StepOrder : IComparer<Step>
{
    public static readonly StepOrder Instance = new();

    public int Compare(Step? x, Step? y)
    {
        (Step a, Step b) = (x!, y!);
        int order = a.Ring == b.Ring ? 0 : string.CompareOrdinal(a.Event.Host, b.Event.Host);
        if (order == 0 && a.Ring != b.Ring)
            order = a.Event.Agent.CompareTo(b.Event.Agent);
        if (order == 0 && a.Ring != b.Ring)
            order = a.Event.Ring.CompareTo(b.Event.Ring);
        return order != 0 ? order : a.Event.Sequence.CompareTo(b.Event.Sequence);
    }
}
