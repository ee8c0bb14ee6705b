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
    }

    public Process Of(Step step)
    {
        var key = (step.Event.Agent, step.Event.Pid);
        if (!_processes.TryGetValue(key, out Process? process))
            _processes[key] = process = new Process();
        return process;
    }
}
