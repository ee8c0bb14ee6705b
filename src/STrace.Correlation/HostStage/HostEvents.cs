using STrace.Model;

namespace STrace.Correlation;

/// <summary>One host's events in thread order, with its threads and losses found.</summary>
internal sealed class HostEvents
{
    private readonly Ring[] _ringOf;
    private readonly Dictionary<Channel, (long SinceNs, EventLoss Loss)> _gaps = [];

    public HostEvents(IEnumerable<HostEvent> events, IEnumerable<ThreadOrigin> starts, IEnumerable<EventLoss> losses)
    {
        All = [.. events.OrderBy(e => e.Agent).ThenBy(e => e.Ring).ThenBy(e => e.Sequence)];
        _ringOf = new Ring[All.Length];
        var rings = new List<Ring>();
        for (int first = 0, next; first < All.Length; first = next)
        {
            for (next = first + 1; next < All.Length && SameRing(All[first], All[next]);)
                next++;
            var ring = new Ring(rings.Count, first, next - 1);
            rings.Add(ring);
            Array.Fill(_ringOf, ring, first, next - first);
        }
        Rings = rings;
        FindStarts(starts);
        FindExecuted();
        FindGaps(losses);
    }

    /// <summary>By agent, ring and sequence.</summary>
    public HostEvent[] All { get; }
    public IReadOnlyList<Ring> Rings { get; }

    public Ring RingOf(int index) => _ringOf[index];

    /// <summary>
    /// The loss from which on byte positions of this channel are unknown to the thread that lost calls, when the event lies
    /// behind it: nobody can say which channel the lost calls acted on, so all that the thread used are doubtful.
    /// </summary>
    public EventLoss? LossBefore(int index) =>
        All[index].Channel is { } channel && _gaps.TryGetValue(channel, out var gap) && All[index].EffectNs > gap.SinceNs
            ? gap.Loss
            : null;

    /// <summary>Calls on the channel may have been lost.</summary>
    public bool HasGap(Channel channel) => _gaps.ContainsKey(channel);

    private static bool SameRing(HostEvent a, HostEvent b) => a.Ring == b.Ring && a.Agent == b.Agent;

    private void FindStarts(IEnumerable<ThreadOrigin> starts)
    {
        var byThread = Rings.ToLookup(r => (All[r.First].Ring, All[r.First].Tid));
        foreach (ThreadOrigin start in starts)
        {
            foreach (Ring ring in byThread[(start.Ring, start.Tid)])
            {
                ring.Start = start;
                ring.StartedBy = Find(All[ring.First].Agent, start.ParentRing, start.ParentSequence);
            }
        }
    }

    /// <summary>A program that a thread executes goes on in a ring of its own, under the same thread id.</summary>
    private void FindExecuted()
    {
        foreach (var ofThread in Rings.GroupBy(r => All[r.First].Tid))
        {
            Ring? before = null;
            foreach (Ring ring in ofThread.OrderBy(r => All[r.First].EnterNs))
            {
                if (ring.StartedBy == HostTrace.None && before is not null && All[before.Last].Operation == Operation.Exec)
                    ring.StartedBy = before.Last;
                before = ring;
            }
        }
    }

    private int Find(Guid agent, ulong ring, uint sequence)
    {
        int index = Array.BinarySearch(All, (agent, ring, sequence), EventKeyComparer.Instance);
        return index >= 0 ? index : HostTrace.None;
    }

    private void FindGaps(IEnumerable<EventLoss> losses)
    {
        var byThread = Rings.ToLookup(r => (All[r.First].Ring, All[r.First].Tid));
        foreach (var ofThread in losses.GroupBy(l => (l.Ring, l.Tid)))
        {
            EventLoss first = ofThread.MinBy(l => l.FirstSequence)!;
            foreach (Ring ring in byThread[ofThread.Key])
            {
                long sinceNs = long.MinValue;
                for (int i = ring.First; i <= ring.Last && All[i].Sequence < first.FirstSequence; i++)
                    sinceNs = All[i].ExitNs;
                for (int i = ring.First; i <= ring.Last; i++)
                    if (All[i].Channel is { } channel && (!_gaps.TryGetValue(channel, out var gap) || sinceNs < gap.SinceNs))
                        _gaps[channel] = (sinceNs, first);
            }
        }
    }

    /// <summary>Compares events with the (agent, ring, sequence) that names one.</summary>
    private sealed class EventKeyComparer : System.Collections.IComparer
    {
        public static readonly EventKeyComparer Instance = new();

        public int Compare(object? x, object? y) => Key(x).CompareTo(Key(y));

        private static (Guid, ulong, uint) Key(object? o) =>
            o is HostEvent e ? (e.Agent, e.Ring, e.Sequence) : ((Guid, ulong, uint))o!;
    }
}
