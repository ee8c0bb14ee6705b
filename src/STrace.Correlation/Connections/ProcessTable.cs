namespace STrace.Correlation;

/// <summary>
/// What each process has to do: requests that came in whole, as marks tell, and for which it has neither asked anyone nor
/// answered. A program that takes several before it works for any (haproxy), or passes them from thread to thread unseen
/// (Kestrel), can be told from the others only by these.
/// </summary>
internal sealed class ProcessTable
{
    private readonly Dictionary<(Guid Agent, int Pid), Process> _processes = [];

    public sealed class Process
    {
        /// <summary>The oldest first, with the thread that took it.</summary>
        public List<(Exchange Exchange, Ring Taker)> Waiting { get; } = [];

        /// <summary>Questions that were not answered yet and of which nothing tells for whom they are; each with who it may be for.</summary>
        public List<(Exchange Asked, List<Exchange> For)> Undecided { get; } = [];

        /// <summary>An answer was taken by another thread than had asked: work passes between threads unseen.</summary>
        public bool PassesWork { get; set; }

        /// <summary>It waits no more: it was asked for, or answered.</summary>
        public void Remove(Exchange exchange) => Waiting.RemoveWhere(exchange, static (w, e) => w.Exchange == e);

        /// <summary>Nobody waits for an answer on the connection any more.</summary>
        public void RemoveOf(ChannelState origin) => Waiting.RemoveWhere(origin, static (w, o) => w.Exchange.Request.Origin == o);

        public void RemoveOver(long nowNs) => Waiting.RemoveWhere(nowNs, static (w, now) => w.Exchange.Request.IsOver(now));
    }

    public Process Of(Step step)
    {
        Ring ring = step.Ring;
        int pid = step.Event.Pid;
        // A vfork child uses its parent's ring.
        return pid == ring.Life.Pid ? ring.Process ??= Of(ring.Life.Agent, pid) : Of(ring.Life.Agent, pid);
    }

    private Process Of(Guid agent, int pid)
    {
        var key = (agent, pid);
        if (!_processes.TryGetValue(key, out Process? process))
            _processes[key] = process = new Process();
        return process;
    }
}
