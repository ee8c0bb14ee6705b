using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// The weakest rule: a thread that has taken a request works for it until it takes another. An idle thread's calls serve none.
/// </summary>
internal sealed class ThreadContextRule : HostRule
{
    public const string Name = "thread-context";

    public override bool Concerns(Operation operation) => true;

    public override bool Apply(Step step)
    {
        Assign(step, step.Ring.Request);
        if (step.Ring.Request is null && step.Event.Operation == Operation.Socket)
            step.Ring.PendingSocket = step;
        return true;
    }
}
