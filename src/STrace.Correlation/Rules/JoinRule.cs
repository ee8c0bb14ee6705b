using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a thread's or process's last call to the pthread_join, wait or waitpid that waited for it. It gives a request to nobody:
/// the link counts where both worked for the same one.
/// </summary>
internal sealed class JoinRule(HostWalk walk) : HostRule
{
    public const string Name = "join";

    public override bool Concerns(Operation operation) => operation is
        Operation.PthreadJoin or Operation.ThrdJoin or Operation.Waitpid or Operation.Wait or Operation.Wait3 or Operation.Wait4;

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        if (e.Errno != 0)
            return false;
        Step? last = e.Operation is Operation.PthreadJoin or Operation.ThrdJoin
            ? walk.Join(e.Agent, e.Pid, (ulong)e.Arg0, e.EnterNs)?.Last
            : LastOf(walk.RingsOf(e.Agent, (int)e.Result));
        if (last is not null && last.Ring != step.Ring)
            step.CausedBy(new Link(last, EdgeKind.HandOff, Name, new Evidence("waited for the end of {1}", null, last.Event.Tid)));
        return false;
    }

    private static Step? LastOf(IReadOnlyList<Ring> rings)
    {
        Step? last = null;
        foreach (Ring ring in rings)
            if (ring.Last is { } step && (last is null || step.Event.EnterNs > last.Event.EnterNs))
                last = step;
        return last;
    }
}
