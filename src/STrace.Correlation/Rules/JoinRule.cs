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
        var threads = host.Rings.Where(r => r.Start is { Pthread: not 0 }).ToLookup(r => (r.Start!.Pid, r.Start.Pthread));
        var processes = host.Rings.ToLookup(r => host.All[r.First].Pid);
        foreach (int index in byTime)
        {
            HostEvent e = host.All[index];
            if (e.Errno != 0)
                continue;
            Ring? ended = e.Operation switch
            {
                Operation.PthreadJoin => threads[(e.Pid, (ulong)e.Arg0)].Where(r => r.Start!.TimeNs <= e.ExitNs).MaxBy(r => r.Start!.TimeNs),
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

    public override bool Apply(Attribution attribution, int index)
    {
        if (_ended.TryGetValue(index, out int last))
            attribution.Link(last, index, EdgeKind.HandOff, Name, $"waited for the end of {attribution.Event(last).Tid}");
        return false;
    }
}
