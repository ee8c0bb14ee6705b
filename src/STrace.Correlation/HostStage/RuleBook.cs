using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// The rules of the host stage, from the strongest to the weakest. Each event passes those that its operation concerns, until one
/// settles it.
/// </summary>
internal sealed class RuleBook
{
    private const int Operations = 512;

    private readonly InheritanceRule _inheritance;
    private readonly DeclaredContextRule _declared;
    private readonly WakeUpRule _wakeUps;
    private readonly HostRule[][] _rules = new HostRule[Operations][];
    private readonly HostRule[][] _waiting = new HostRule[Operations][];

    public RuleBook(HostWalk walk)
    {
        _inheritance = new InheritanceRule(walk);
        var processes = new ProcessTable();
        var asker = new Asker(processes);
        _declared = new DeclaredContextRule(walk);
        _wakeUps = new WakeUpRule();
        HostRule[] all =
        [
            new WaitRule(), new AttemptRule(walk), new AcceptRule(walk), new ServerConnectionRule(walk, processes, asker),
            new ClientConnectionRule(walk, processes, asker, _declared), new PipeRule(walk), new MessageQueueRule(walk), new SharedMemoryRule(), new FileRule(),
            _wakeUps, new JoinRule(walk), new CloseRule(walk, processes), _inheritance, new ThreadContextRule(),
        ];
        for (int i = 0; i < Operations; i++)
        {
            _rules[i] = [.. all.Where(r => r.Concerns((Operation)i))];
            _waiting[i] = [.. _rules[i].Where(r => r.Waits)];
        }
    }

    /// <summary>Something without which the thread's next event cannot be understood, and which is not there yet; null: nothing.</summary>
    public object? Awaited(Ring ring)
    {
        if (ring.Last is null && _inheritance.Awaited(ring) is { } creator)
            return creator;
        HostEvent next = ring.Next;
        foreach (HostRule rule in Of(_waiting, next.Operation))
            if (rule.Awaited(next) is { } awaited)
                return awaited;
        return null;
    }

    public void Declare(DeclaredSend declared, HostWalk walk) => _declared.Declare(declared, walk.StateOf(declared.Channel));

    public void Apply(Step step)
    {
        Ring ring = step.Ring;
        long nowNs = step.EffectNs;
        if (ring.Request is { } before && before.IsOver(nowNs))
            ring.BecomeIdle();
        step.Channel?.Connection?.Forget(nowNs);
        if (ring.Last is null)
            _inheritance.Begin(step);
        _declared.Apply(step);
        bool wasIdle = ring.Request is null;
        foreach (HostRule rule in Of(_rules, step.Event.Operation))
            if (rule.Apply(step))
                break;
        if (wasIdle && ring.Request is not null)
            _wakeUps.Taken(ring);
        if (step.Event.Operation != Operation.Socket)
            ring.PendingSocket = null;
    }

    private static HostRule[] Of(HostRule[][] rules, Operation operation) => rules[Math.Min((int)operation, Operations - 1)];
}
