using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// One way of telling which request an event serves, or what caused it. A host's events pass the rules in effect order, each
/// event the rules from the strongest to the weakest until one settles it.
/// </summary>
internal abstract class HostRule
{
    /// <summary>Whether events of the operation are to pass the rule.</summary>
    public abstract bool Concerns(Operation operation);

    /// <summary>Whether it ever waits for something: <see cref="Awaited"/>.</summary>
    public virtual bool Waits => false;

    /// <summary>What must be there before the event can be understood, and is not yet; null: nothing.</summary>
    public virtual object? Awaited(HostEvent e) => null;

    /// <returns>Whether the event's request is settled.</returns>
    public abstract bool Apply(Step step);

    /// <summary>The step serves the request; its thread's context stays what it is.</summary>
    protected static void Assign(Step step, Request? request)
    {
        if (request is not null && !request.IsOver(step.EffectNs))
            step.Ring.Serve(step, request);
    }

    /// <summary>The step serves the request, and so does its thread until it takes another or its process closes the request's connection.</summary>
    protected static void TakeByConnection(Step step, Request request)
    {
        Assign(step, request);
        Ring ring = step.Ring;
        if (ring.Request == request)
            return;
        ring.WorkFor(request, request.Origin);
        if (!request.Origin.Takers.Contains(ring))
            request.Origin.Takers.Add(ring);
    }

    /// <summary>What the step left may be taken up by another thread, which then works for the step's request.</summary>
    protected static void HandOn(Step step)
    {
        if (step.Ring.Request is { } request)
            request.IsHandedOn = true;
    }

    /// <summary>The step takes up the request, unless that is over; so does its thread until it takes another.</summary>
    protected static void Take(Step step, Request request)
    {
        if (request.IsGone(step.EffectNs))
            return;
        Assign(step, request);
        if (step.Ring.Request != request)
            step.Ring.WorkFor(request);
    }
}
