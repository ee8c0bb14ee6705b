using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins the wait of an idle thread (semaphore, condition, eventfd) to the request that the thread takes next, when a thread that
/// worked for that request woke it: so an accepting thread wakes a pool. A wait that nothing of this kind follows belongs to no
/// request, unless all that had woken the thread worked for one.
/// </summary>
internal sealed class WakeUpRule : HostRule
{
    public const string Name = "wake-up";
    private const int MostPending = 256;

    /// <summary>Wake-ups of a thread that nobody was seen to take; older ones are of no use.</summary>
    private const int MostPosts = 1024;

    private readonly Dictionary<(object Owner, long Address), List<Step>> _posts = [];

    public static bool IsWait(Operation operation) => operation is
        Operation.SemWait or Operation.SemTimedwait or Operation.SemTrywait or Operation.SemClockwait or
        Operation.CondWait or Operation.CondTimedwait or Operation.CondClockwait or Operation.EventfdRead;

    public override bool Concerns(Operation operation) => true;

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        Ring ring = step.Ring;
        if (IsPost(e.Operation))
        {
            if (e.Errno == 0 && ring.Request is not null)
                Note(step);
            return false;
        }
        if (ring.Request is not null)
            return false;
        if (IsWait(e.Operation) || e.Operation.IsMultiplexedWait())
            Settle(ring);
        if (e.Errno == 0 && IsWait(e.Operation))
        {
            ring.PendingWaits.RemoveAll(w => KeyOf(w) == KeyOf(step));
            ring.PendingWaits.Add(step);
            ring.WokenFor = OnlyWaker(step);
        }
        else if (ring.WokenFor is not null && ring.PendingWork.Count < MostPending && !e.Operation.IsMultiplexedWait())
        {
            ring.PendingWork.Add(step);
        }
        return false;
    }

    /// <summary>An idle thread has taken a request.</summary>
    public void Taken(Ring ring)
    {
        Request request = ring.Request!;
        foreach (Step wait in ring.PendingWaits)
            Claim(wait, request);
        if (ring.WokenFor == request)
            Claim(ring.PendingWork, request);
        Forget(ring);
    }

    /// <summary>The thread waits again: what it did since it was woken was for the only one who had woken it.</summary>
    private void Settle(Ring ring)
    {
        if (ring.WokenFor is { } request && ring.PendingWork.Count > 0)
        {
            Claim(ring.PendingWaits[^1], request);
            Claim(ring.PendingWork, request);
        }
        Forget(ring);
    }

    private static void Forget(Ring ring)
    {
        ring.PendingWaits.Clear();
        ring.PendingWork.Clear();
        ring.WokenFor = null;
    }

    private static void Claim(List<Step> steps, Request request)
    {
        foreach (Step step in steps)
            if (step.Request is null)
                Assign(step, request);
    }

    private void Claim(Step wait, Request request)
    {
        if (!_posts.TryGetValue(KeyOf(wait), out List<Step>? posts))
            return;
        // Woken by one post, a thread may still take what the next post announces: the queue decides, not the semaphore.
        Step? post = posts.FindLast(p => p.Request == request && p.EffectNs <= wait.Event.ExitNs) ?? posts.Find(p => p.Request == request);
        if (post is null || post.Ring == wait.Ring)
            return;
        if (wait.Request is null)
            Assign(wait, request);
        wait.CausedBy(new Link(post, EdgeKind.HandOff, Name, wait.Event.Operation == Operation.EventfdRead
            ? new Evidence("{0}", wait.Event.Channel)
            : new Evidence("{0} 0x{1:x} of process {2}", What(wait.Event.Operation), wait.Event.Arg0, wait.Event.Pid)));
    }

    private Request? OnlyWaker(Step wait)
    {
        if (!_posts.TryGetValue(KeyOf(wait), out List<Step>? posts))
            return null;
        Request? only = null;
        foreach (Step post in posts)
        {
            if (post.EffectNs < wait.Event.EnterNs && wait.Event.Operation is Operation.CondWait)
                continue;
            if (post.Request is { Answered: false } request && post.Ring != wait.Ring)
            {
                if (only is not null && only != request)
                    return null;
                only = request;
            }
        }
        return only;
    }

    private void Note(Step post)
    {
        var key = KeyOf(post);
        if (!_posts.TryGetValue(key, out List<Step>? posts))
            _posts[key] = posts = [];
        posts.Add(post);
        if (posts.Count > MostPosts)
            posts.RemoveRange(0, MostPosts / 2);
    }

    private static bool IsPost(Operation operation) =>
        operation is Operation.SemPost or Operation.CondSignal or Operation.CondBroadcast or Operation.EventfdWrite;

    /// <summary>An eventfd is known by its channel; semaphores and conditions by their address in their process.</summary>
    private static (object, long) KeyOf(Step step) => step.Channel is { } channel
        ? (channel, 0)
        : ((step.Event.Agent, step.Event.Pid), step.Event.Arg0);

    private static string What(Operation operation) =>
        operation is Operation.CondWait or Operation.CondTimedwait or Operation.CondClockwait ? "condition" : "semaphore";
}
