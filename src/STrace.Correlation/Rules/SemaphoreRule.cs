using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins the sem_wait of an idle thread to the request that the thread takes next, when a thread that worked for that request did
/// the sem_post: so an accepting thread wakes a pool. A wait that nothing of this kind follows belongs to no request.
/// </summary>
internal sealed class SemaphoreRule : HostRule
{
    public const string Name = "semaphore";

    private readonly Dictionary<(int Pid, long Address, int Request), List<int>> _posts = [];

    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        Ring ring = attribution.Host.RingOf(index);
        if (e.Errno != 0)
            return false;
        if (e.Operation == Operation.SemPost && ring.Request != HostTrace.None)
        {
            var key = (e.Pid, e.Arg0, ring.Request);
            if (!_posts.TryGetValue(key, out List<int>? posts))
                _posts[key] = posts = [];
            posts.Add(index);
        }
        else if (IsWait(e) && ring.Request == HostTrace.None)
        {
            ring.PendingWaits.RemoveAll(w => attribution.Event(w).Arg0 == e.Arg0);
            ring.PendingWaits.Add(index);
        }
        return false;
    }

    /// <summary>An idle thread has taken a request.</summary>
    public void Taken(Attribution attribution, Ring ring)
    {
        foreach (int wait in ring.PendingWaits)
        {
            HostEvent e = attribution.Event(wait);
            if (!_posts.TryGetValue((e.Pid, e.Arg0, ring.Request), out List<int>? posts))
                continue;
            // Woken by one post, a thread may still take what the next post announces: the queue decides, not the semaphore.
            int post = Math.Max(0, posts.FindLastIndex(p => attribution.Event(p).EffectNs <= e.ExitNs));
            if (attribution.Host.RingOf(posts[post]) == ring)
                continue;
            attribution.Assign(wait, ring.Request);
            attribution.Link(posts[post], wait, EdgeKind.HandOff, Name, $"semaphore 0x{e.Arg0:x} of process {e.Pid}");
        }
        ring.PendingWaits.Clear();
    }

    private static bool IsWait(HostEvent e) =>
        e.Operation is Operation.SemWait or Operation.SemTimedwait or Operation.SemTrywait;
}
