using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a thread's or process's last call to the pthread_join, wait or waitpid that waited for it. It gives a request to nobody:
/// the link counts where both worked for the same one.
/// </summary>
internal sealed class JoinRule : HostRule
{
    public const string Name = "join";

    private readonly Dictionary<int, int> _ended = [];

    public override void Prepare(HostEvents host, IReadOnlyList<int> byTime, List<(int Cause, int Effect)> causes)
    {
        Dictionary<(int, ulong), Ring[]> threads = host.Rings
            .Where(r => r.Start is { Pthread: not 0 })
            .GroupBy(r => (r.Start!.Pid, r.Start.Pthread))
            .ToDictionary(g => g.Key, g => g.OrderBy(r => r.Start!.TimeNs).ToArray());
        var processes = host.Rings.ToLookup(r => host.All[r.First].Pid);
        foreach (int index in byTime)
        {
            HostEvent e = host.All[index];
            if (e.Errno != 0)
                continue;
            Ring? ended = e.Operation switch
            {
                Operation.PthreadJoin => LastStarted(threads.GetValueOrDefault((e.Pid, (ulong)e.Arg0), []), e.ExitNs),
                Operation.Waitpid or Operation.Wait => processes[(int)e.Result]
                    .Where(r => host.All[r.Last].EnterNs <= e.ExitNs).MaxBy(r => host.All[r.Last].EnterNs),
                _ => null,
            };
            if (ended is null || ended == host.RingOf(index))
                continue;
            _ended[index] = ended.Last;
            causes.Add((ended.Last, index));
        }
    }

    /// <summary>A pthread_t is used again for one thread after the other.</summary>
    private static Ring? LastStarted(Ring[] byStart, long beforeNs)
    {
        int low = 0, high = byStart.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (byStart[middle].Start!.TimeNs <= beforeNs)
                low = middle + 1;
            else
                high = middle;
        }
        return low > 0 ? byStart[low - 1] : null;
    }

    public override bool Apply(Attribution attribution, int index)
    {
        if (_ended.TryGetValue(index, out int last))
            attribution.Link(last, index, EdgeKind.HandOff, Name, $"waited for the end of {attribution.Event(last).Tid}");
        return false;
    }
}
