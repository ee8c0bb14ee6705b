using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins a shmat or mmap to the last one of another thread on the same segment. Sharing is not causation: only an idle thread takes
/// the request of the thread that used the segment last, at its shmget, shmat or mmap; a thread with a request of its own keeps it.
/// </summary>
internal sealed class SharedMemoryRule : HostRule
{
    public const string Name = "shared-memory";

    private readonly Dictionary<(object? Channel, long Id), Segment> _segments = [];

    public override bool Concerns(Operation operation) => operation is Operation.Shmget or Operation.Shmat or Operation.Mmap;

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        bool isMapped = e.Operation == Operation.Mmap;
        if (e.Errno != 0 || (isMapped && e.Channel is not { Kind: ChannelKind.SharedMemory }))
            return false;
        long id = isMapped ? 0 : e.Operation == Operation.Shmget ? e.Result : e.Arg0;
        var key = (isMapped ? (object?)e.Channel : null, id);
        if (!_segments.TryGetValue(key, out Segment? segment))
            _segments[key] = segment = new Segment();

        Ring ring = step.Ring;
        bool takes = ring.Request is null && segment.User is { } user && user != ring && segment.Request is { } used && !used.IsGone(e.EffectNs);
        if (takes)
            Take(step, segment.Request!);
        else
            Assign(step, ring.Request);
        bool attaches = e.Operation != Operation.Shmget;
        if (segment.LastAttachOfOther(ring) is { } attach && (takes || attaches))
            step.CausedBy(new Link(attach, EdgeKind.Ipc, Name, new Evidence("segment {0}", isMapped ? e.Channel : id)));

        HandOn(step);
        if (ring.Request is not null)
            (segment.User, segment.Request) = (ring, ring.Request);
        if (attaches)
            segment.Attached(step);
        return true;
    }

    private sealed class Segment
    {
        private Step? _last;
        private Step? _lastOfOther;

        /// <summary>The thread that last used the segment for a request, and that request.</summary>
        public Ring? User { get; set; }
        public Request? Request { get; set; }

        public Step? LastAttachOfOther(Ring ring) => _last?.Ring != ring ? _last : _lastOfOther;

        public void Attached(Step step)
        {
            if (_last?.Ring != step.Ring)
                _lastOfOther = _last;
            _last = step;
        }
    }
}
