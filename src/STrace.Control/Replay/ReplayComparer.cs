using STrace.Model;

namespace STrace.Control;

/// <summary>Joins what went into a replay network with what came out. One object a comparison.</summary>
internal sealed class ReplayComparer(ReplayPlan plan)
{
    private readonly Dictionary<string, Packet> _packets = [];
    private readonly Dictionary<string, int> _unexpected = [];

    public ReplayComparison Compare(IEnumerable<ReceivedFrame> received)
    {
        foreach (var step in plan.Steps)
        {
            switch (step)
            {
                case InjectFrame frame:
                    Sent(step, frame.Frame);
                    break;
                case SendPacket packet:
                    Sent(step, packet.Message.Data);
                    break;
            }
        }
        foreach (var frame in received)
            Received(frame);

        var flows = _packets.Values
            .GroupBy(packet => packet.Name)
            .Select(flow => new FlowOutcome(
                flow.Key, flow.Sum(packet => packet.Sent), flow.Sum(packet => packet.Delivered), flow.Sum(packet => packet.Absorbed), 0));
        var strangers = _unexpected.Select(flow => new FlowOutcome(flow.Key, 0, 0, 0, flow.Value));
        return new ReplayComparison
        {
            Flows = [.. flows, .. strangers],
            Rewritten = [.. Rewrites()],
            FirstDivergence = _packets.Values.Select(Divergence).FirstOrDefault(divergence => divergence is not null),
        };
    }

    private void Sent(ReplayStep step, ReadOnlyMemory<byte> frame)
    {
        var key = FrameIdentity.Key(frame.Span);
        if (!_packets.TryGetValue(key, out var packet))
            _packets[key] = packet = new Packet(step.Dpid, frame, plan.Absorbed.Contains(key));
        packet.SentAt[step.Dpid] = packet.SentAt.GetValueOrDefault(step.Dpid) + 1;
    }

    private void Received(ReceivedFrame frame)
    {
        if (_packets.TryGetValue(FrameIdentity.Key(frame.Frame.Span), out var packet))
        {
            packet.Received.Add(frame);
            return;
        }
        var name = FrameIdentity.Name(frame.Frame.Span);
        _unexpected[name] = _unexpected.GetValueOrDefault(name) + 1;
    }

    private IEnumerable<ObservedRewrite> Rewrites() =>
        from packet in _packets.Values
        from frame in packet.Received
        let source = FrameIdentity.Flow(packet.Frame.Span)
        let target = FrameIdentity.Flow(frame.Frame.Span)
        where source is not null && target is not null && source != target
        group frame by (From: source.Value, To: target.Value, frame.At) into change
        select new ObservedRewrite(change.Key.From, change.Key.To, change.Key.At, change.Count());

    private string? Divergence(Packet packet)
    {
        var sent = $"a packet of {packet.Name}, sent at switch {packet.Dpid:x16}";
        if (packet.Delivered + packet.Absorbed < packet.Sent)
        {
            var expected = Receiver(packet.Frame.Span) is { } receiver ? $"; the session has its receiver at {receiver}" : "";
            return $"{sent}, did not come out{expected}";
        }
        var places = packet.Received.Select(frame => Receiver(frame.Frame.Span)).OfType<SwitchPort>().ToHashSet();
        return places.Count == 0 || packet.Received.Any(frame => places.Contains(frame.At))
            ? null
            : $"{sent}, came out at {packet.Received[0].At}; the session has its receiver at {string.Join(", ", places)}";
    }

    private SwitchPort? Receiver(ReadOnlySpan<byte> frame) =>
        PacketHeaders.TryRead(frame, out var headers) && plan.Topology.Hosts.TryGetValue(headers.Destination, out var at) ? at : null;

    /// <summary>One packet, or several that nothing tells apart.</summary>
    private sealed class Packet(ulong dpid, ReadOnlyMemory<byte> frame, bool mayBeAbsorbed)
    {
        /// <summary>Where it was sent first.</summary>
        public ulong Dpid => dpid;

        public ReadOnlyMemory<byte> Frame => frame;

        public string Name { get; } = FrameIdentity.Name(frame.Span);

        public Dictionary<ulong, int> SentAt { get; } = [];

        public List<ReceivedFrame> Received { get; } = [];

        /// <summary>A packet that the controller passes on is sent once at each switch of its way.</summary>
        public int Sent => SentAt.Values.Max();

        /// <summary>Of a packet sent n times, a port that it was flooded to has n copies too.</summary>
        public int Delivered => Received.Count == 0 ? 0 : Math.Min(Sent, Received.GroupBy(frame => frame.At).Max(port => port.Count()));

        public int Absorbed => mayBeAbsorbed ? Sent - Delivered : 0;
    }
}
