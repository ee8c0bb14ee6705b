using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a shmat to the last shmat of another thread on the same segment. Sharing is not causation: only an idle thread takes the
/// request of the thread that used the segment last, at its shmget or shmat; a thread with a request of its own keeps it.
/// </summary>
internal sealed class SharedMemoryRule : HostRule
{
    public const string Name = "shared-memory";

    private readonly Dictionary<long, Segment> _segments = [];

    public override bool Apply(Attribution attribution, int index)
    {
        HostEvent e = attribution.Event(index);
        if (e.Operation is not (Operation.Shmget or Operation.Shmat) || e.Errno != 0)
            return false;
        long id = e.Operation == Operation.Shmget ? e.Result : e.Arg0;
        if (!_segments.TryGetValue(id, out Segment? segment))
            _segments[id] = segment = new Segment();

        Ring ring = attribution.Host.RingOf(index);
        bool takes = ring.Request == HostTrace.None && segment.User is { } user && user != ring && segment.Request != HostTrace.None;
        if (takes)
            attribution.TakeByIpc(index, segment.Request);
        else
            attribution.Assign(index, ring.Request);
        if (segment.LastAttachOfOther(ring) is { } attach && (takes || e.Operation == Operation.Shmat))
            attribution.Link(attach, index, EdgeKind.Ipc, Name, $"segment {id}");

        if (ring.Request != HostTrace.None)
            (segment.User, segment.Request) = (ring, ring.Request);
        if (e.Operation == Operation.Shmat)
            segment.Attached(ring, index);
        return true;
    }

    private sealed class Segment
    {
        private (Ring Ring, int Index)? _last;
        private (Ring Ring, int Index)? _lastOfOther;

        /// <summary>The thread that last used the segment for a request, and that request.</summary>
        public Ring? User { get; set; }
        public int Request { get; set; } = HostTrace.None;

        public int? LastAttachOfOther(Ring ring) => _last?.Ring != ring ? _last?.Index : _lastOfOther?.Index;

        public void Attached(Ring ring, int index)
        {
            if (_last?.Ring != ring)
                _lastOfOther = _last;
            _last = (ring, index);
        }
    }
}
