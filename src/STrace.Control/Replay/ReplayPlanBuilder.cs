using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Merges one session's control messages and mirrored frames. One object a plan.</summary>
internal sealed class ReplayPlanBuilder
{
    // A frame is its PACKET_OUT's copy, and was taken by a rule, within this time by two clocks.
    private const long ToleranceNs = 1_000_000_000;

    private readonly ReplayPlanOptions _options;
    private readonly RecordedTopology _topology;
    private readonly List<ControlTimeline.Entry> _messages;
    private readonly int _refused;
    private readonly Dictionary<ulong, RecordedSwitch> _switches = [];
    private readonly List<ReplayStep> _snapshot = [];
    private readonly List<ReplayStep> _steps = [];
    private readonly List<WaitingFrame> _waiting = [];
    private readonly List<PlacedFrame> _placed = [];
    private readonly HashSet<(ulong Dpid, string Key)> _heldByController = [];
    private int _without;
    private int _sentByController;
    private int _transit;
    private int _unplaced;

    public ReplayPlanBuilder(List<ControlTimeline.Entry> messages, ReplayPlanOptions options)
    {
        _options = options;
        _topology = RecordedTopology.Read(messages);
        _messages = ControlTimeline.Resolve(messages, out _refused);
    }

    public ReplayPlan Build(IEnumerable<MirroredFrame> frames)
    {
        foreach (var (timeNs, dpid, _, message) in _messages)
        {
            if (message is PacketOutMessage packet && packet.Actions.Contains(new OutputAction(PortNumber.Table)))
                Switch(dpid).SentThroughTable(timeNs, packet.Data);
        }

        var next = 0;
        foreach (var frame in frames.OrderBy(frame => frame.TimeNs))
        {
            for (; next < _messages.Count && _messages[next].TimeNs <= frame.TimeNs; next++)
                Take(_messages[next]);
            Take(frame);
        }
        for (; next < _messages.Count; next++)
            Take(_messages[next]);
        PlaceWaiting(long.MaxValue);

        return new ReplayPlan
        {
            Steps = [.. _snapshot, .. _steps],
            Topology = _topology,
            Frames = _placed,
            Refused = _refused,
            Without = _without,
            SentByController = _sentByController,
            Transit = _transit,
            Unplaced = _unplaced,
            Absorbed = _heldByController.Select(packet => packet.Key).ToHashSet(),
        };
    }

    private void Take(ControlTimeline.Entry entry)
    {
        PlaceWaiting(entry.TimeNs);
        var known = Switch(entry.Dpid);
        switch (entry.Message)
        {
            case FlowModMessage rule:
                known.Apply(rule, entry.TimeNs);
                Install(_steps, entry.TimeNs, entry.Dpid, rule);
                PlaceTaken(entry.Dpid, known);
                break;
            case PacketOutMessage packet when !IsLldp(packet.Data.Span):
                _steps.Add(new SendPacket(entry.TimeNs, entry.Dpid, packet));
                _heldByController.Remove((entry.Dpid, FrameIdentity.Key(packet.Data.Span)));
                break;
            case StatsReplyMessage { Body: FlowStatsReply flows } when !known.HasFlowMods:
                foreach (var flow in flows.Entries)
                {
                    if (known.Apply(flow, entry.TimeNs) is { } rule)
                        Install(_snapshot, entry.TimeNs, entry.Dpid, rule);
                }
                break;
            case FlowRemovedMessage removed:
                known.Apply(removed, entry.TimeNs);
                break;
            case PacketInMessage packet:
                known.Learn(packet);
                _heldByController.Add((entry.Dpid, FrameIdentity.Key(packet.Data.Span)));
                break;
        }
    }

    private void Install(List<ReplayStep> steps, long timeNs, ulong dpid, FlowModMessage rule)
    {
        if (_options.Without?.Invoke(rule) == true)
            _without++;
        else
            steps.Add(new InstallRule(timeNs, dpid, rule));
    }

    private void Take(MirroredFrame frame)
    {
        PlaceWaiting(frame.TimeNs);
        var known = Switch(frame.Dpid);
        if (known.TakeSent(frame, ToleranceNs))
        {
            _sentByController++;
            _placed.Add(new PlacedFrame(frame, known.EntryPort(frame.Frame.Span)));
        }
        else if (FrameMatch.Of(frame.Frame.Span) is var headers && known.HasRuleFor(headers))
            Place(frame, known);
        else
            _waiting.Add(new WaitingFrame(frame, headers));
    }

    /// <summary>
    /// The mirror proves that a rule had taken a frame: one for which there is none yet by the record's clock follows the
    /// first that does.
    /// </summary>
    private void PlaceTaken(ulong dpid, RecordedSwitch known)
    {
        var rules = known.TakeNewRules();
        var taken = _waiting.FindAll(waiting => waiting.Frame.Dpid == dpid && waiting.IsTakenBy(rules));
        if (taken.Count == 0)
            return;
        _waiting.RemoveAll(taken.Contains);
        foreach (var waiting in taken)
            Place(waiting.Frame, known);
    }

    private void PlaceWaiting(long nowNs)
    {
        while (_waiting.Count > 0 && nowNs - _waiting[0].Frame.TimeNs > ToleranceNs)
        {
            var frame = _waiting[0].Frame;
            _waiting.RemoveAt(0);
            Place(frame, Switch(frame.Dpid));
        }
    }

    private void Place(MirroredFrame frame, RecordedSwitch known)
    {
        ushort? entry = known.EntryPort(frame.Frame.Span);
        _placed.Add(new PlacedFrame(frame, entry));
        if (entry is not { } port)
            _unplaced++;
        else if (_topology.IsEdge(new SwitchPort(frame.Dpid, port)))
            _steps.Add(new InjectFrame(frame.TimeNs, frame.Dpid, port, frame.Frame));
        else
            _transit++;
    }

    private RecordedSwitch Switch(ulong dpid)
    {
        if (!_switches.TryGetValue(dpid, out var known))
            _switches[dpid] = known = new RecordedSwitch();
        return known;
    }

    /// <summary>A frame that no rule has taken yet.</summary>
    /// <param name="Headers">Null for what is no Ethernet frame.</param>
    private sealed record WaitingFrame(MirroredFrame Frame, Match? Headers)
    {
        public bool IsTakenBy(List<Match> rules) =>
            Headers is { } headers && rules.Exists(rule => MatchMeaning.CoversHeaders(rule, headers));
    }

    private static bool IsLldp(ReadOnlySpan<byte> frame) =>
        PacketHeaders.TryRead(frame, out var headers) && headers.EtherType == Protocols.EtherLldp;
}
