using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// A thread that waits for any of several descriptors, with other requests open beside its own or with its own answered, waits for
/// whoever comes: the wait serves nobody, and the descriptor that it then uses tells for whom it goes on. So does one that waits for
/// work in a pool when its request is answered.
/// </summary>
internal sealed class WaitRule : HostRule
{
    public override bool Concerns(Operation operation) => operation.IsMultiplexedWait() || WakeUpRule.IsWait(operation);

    public override bool Apply(Step step)
    {
        Ring ring = step.Ring;
        ring.ForgetDone(step.EffectNs);
        if (ring.Request is not { } request)
            return false;
        bool isAlone = !request.Answered && (ring.Open.Count == 0 || ring.Open is [var only] && only == request);
        if (isAlone || (request.Answered && IsOfOne(step.Event)))
            return false;
        if (!step.Event.Operation.IsMultiplexedWait() && !request.Replied)
            return false;
        ring.BecomeIdle();
        return step.Event.Operation.IsMultiplexedWait();
    }

    /// <summary>A poll of one descriptor: the thread waits with a deadline on what it goes on with.</summary>
    private static bool IsOfOne(HostEvent e) => e is { Operation: Operation.Poll or Operation.Ppoll, Arg0: 1 };
}
