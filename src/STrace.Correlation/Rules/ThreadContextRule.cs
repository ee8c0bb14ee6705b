using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// The weakest rule: a thread that has taken a request works for it until it takes another. An idle thread's calls serve none.
/// </summary>
internal sealed class ThreadContextRule : HostRule
{
    public const string Name = "thread-context";

    public override bool Apply(Attribution attribution, int index)
    {
        Ring ring = attribution.Host.RingOf(index);
        attribution.Assign(index, ring.Request);
        if (ring.Request == HostTrace.None && attribution.Event(index).Operation == Operation.Socket)
            ring.PendingSocket = index;
        return true;
    }
}
