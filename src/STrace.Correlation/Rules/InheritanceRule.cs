using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a new thread, process or program to the call that started it: it works for the request that its creator worked for, until it
/// takes another. What an idle thread starts is idle.
/// </summary>
internal sealed class InheritanceRule : HostRule
{
    public const string Name = "inheritance";

    public override void Prepare(HostEvents host, IReadOnlyList<int> byTime, List<(int Cause, int Effect)> causes)
    {
        foreach (Ring ring in host.Rings)
            if (ring.StartedBy != HostTrace.None)
                causes.Add((ring.StartedBy, ring.First));
    }

    public override bool Apply(Attribution attribution, int index)
    {
        Ring ring = attribution.Host.RingOf(index);
        if (index != ring.First || ring.StartedBy == HostTrace.None)
            return false;
        ring.Request = attribution.Requests[ring.StartedBy];
        EdgeKind kind = attribution.Event(ring.StartedBy).Operation switch
        {
            Operation.Fork or Operation.Vfork or Operation.Clone or Operation.PosixSpawn or Operation.PosixSpawnp => EdgeKind.Fork,
            Operation.Exec => EdgeKind.Order,
            _ => EdgeKind.ThreadStart,
        };
        attribution.Link(ring.StartedBy, index, kind, Name,
            $"{attribution.Describe(ring.StartedBy)} started {attribution.Event(index).Tid}");
        return false;
    }
}
