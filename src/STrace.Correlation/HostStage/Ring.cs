using STrace.Model;

namespace STrace.Correlation;

/// <summary>One life of one thread, and what it works for while the host stage walks through the events.</summary>
/// <param name="First">Index of its first event.</param>
/// <param name="Last">Index of its last event.</param>
internal sealed class Ring(int number, int first, int last)
{
    public int Number { get; } = number;
    public int First { get; } = first;
    public int Last { get; } = last;

    /// <summary>How the thread began; null when that was not seen.</summary>
    public ThreadOrigin? Start { get; set; }

    /// <summary>The call that started it, or <see cref="HostTrace.None"/>.</summary>
    public int StartedBy { get; set; } = HostTrace.None;

    /// <summary>The request that the thread works for now; <see cref="HostTrace.None"/>: it is idle.</summary>
    public int Request { get; set; } = HostTrace.None;

    /// <summary>The connection whose close by this thread ends its work for the request; null when no close does.</summary>
    public Channel? TakenOn { get; set; }

    /// <summary>The thread works for the request, whatever it did before, until it takes another.</summary>
    public void WorkFor(int request) => (Request, TakenOn) = (request, null);

    /// <summary>The thread has no more to do with its request.</summary>
    public void BecomeIdle() => (Request, TakenOn) = (HostTrace.None, null);

    /// <summary>The idle thread's last call, when it was <c>socket</c>: a connect may make it the first call of a request.</summary>
    public int PendingSocket { get; set; } = HostTrace.None;

    /// <summary>Semaphore waits of the idle thread, the last one on each semaphore: a request taken next may claim them.</summary>
    public List<int> PendingWaits { get; } = [];
}
