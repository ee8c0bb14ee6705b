using STrace.Model;

namespace STrace.Correlation;

/// <summary>Puts a host's events in the order in which they had their effect.</summary>
internal static class EffectOrder
{
    /// <summary>
    /// By effect time, at equal times what gives before what takes; but a thread's calls stay in the thread's order, and an
    /// effect stands behind its causes even when the times contradict (a listing that stamps receives at their entry).
    /// </summary>
    /// <param name="causes">Pairs of a cause and its effect, known from byte positions and thread starts.</param>
    public static List<int> Sort(HostEvents host, IReadOnlyCollection<(int Cause, int Effect)> causes)
    {
        var order = new List<int>(host.All.Length);
        ILookup<int, int> effects = causes.ToLookup(c => c.Cause, c => c.Effect);
        var missing = new Dictionary<int, int>();
        foreach ((_, int effect) in causes)
            missing[effect] = missing.GetValueOrDefault(effect) + 1;

        int[] next = [.. host.Rings.Select(r => r.First)];
        var ready = new PriorityQueue<Ring, (long, bool, int)>();
        var blocked = new HashSet<int>();
        foreach (Ring ring in host.Rings)
            Offer(ring);
        while (order.Count < host.All.Length)
        {
            // Causes in a circle: the evidence contradicts itself, so time decides.
            Ring ring = ready.Count > 0 ? ready.Dequeue() : host.RingOf(blocked.MinBy(Key));
            int index = next[ring.Number]++;
            blocked.Remove(index);
            order.Add(index);
            foreach (int effect in effects[index])
                if (--missing[effect] == 0 && blocked.Remove(effect))
                    ready.Enqueue(host.RingOf(effect), Key(effect));
            if (next[ring.Number] <= ring.Last)
                Offer(ring);
        }
        return order;

        void Offer(Ring ring)
        {
            int index = next[ring.Number];
            if (missing.GetValueOrDefault(index) > 0)
                blocked.Add(index);
            else
                ready.Enqueue(ring, Key(index));
        }

        (long, bool, int) Key(int index)
        {
            HostEvent e = host.All[index];
            return (e.EffectNs, e.Operation.IsReceive() || e.Operation.IsAccept() || e.Operation.IsWait(), host.RingOf(index).Number);
        }
    }
}
