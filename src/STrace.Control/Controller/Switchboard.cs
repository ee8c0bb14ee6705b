using System.Collections.Concurrent;

namespace STrace.Control;

/// <summary>
/// Tells the applications of several switches what one switch's message means for them. What is posted waits until
/// <see cref="Deliver"/>: nobody may hold a lock then, because each switch is told under its own.
/// </summary>
internal sealed class Switchboard
{
    private readonly Lock _gate = new();
    private readonly HashSet<SwitchHandler> _handlers = [];
    private readonly ConcurrentQueue<(Predicate<ulong> To, Action<SwitchHandler> Tell)> _posted = new();

    public IReadOnlyList<SwitchHandler> Handlers
    {
        get
        {
            lock (_gate)
                return [.. _handlers];
        }
    }

    public void Add(SwitchHandler handler)
    {
        lock (_gate)
            _handlers.Add(handler);
    }

    public void Remove(SwitchHandler handler)
    {
        lock (_gate)
            _handlers.Remove(handler);
    }

    /// <param name="to">Which switches are told, by dpid.</param>
    public void Post(Predicate<ulong> to, Action<ISwitchApplication> tell) => _posted.Enqueue((to, handler => handler.Tell(tell)));

    /// <summary>Every switch finds its ways anew.</summary>
    public void PostReroute() => _posted.Enqueue((_ => true, handler => handler.Reroute()));

    public void Deliver()
    {
        while (!_posted.IsEmpty && _posted.TryDequeue(out var news))
        {
            foreach (var handler in Handlers.Where(handler => news.To(handler.Datapath.Dpid)))
                news.Tell(handler);
        }
    }
}
