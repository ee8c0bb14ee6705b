using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Joins what went into a replay network with what came out, and both with what the record says. One object a comparison. Goes
/// through the plan once, with the tables as they stand at each packet.
/// </summary>
internal sealed class ReplayComparer(ReplayPlan plan, ReplayEvidence evidence)
{
    private readonly ReplayPlan _original = evidence.Original ?? plan;
    private readonly Dictionary<UInt128, PacketGroup> _groups = [];
    private readonly Dictionary<string, FlowCount> _flows = [];
    private readonly Dictionary<(FlowTuple From, FlowTuple To, SwitchPort At, TableRule? Rule), ObservedRewrite> _rewrites = [];
    private readonly Dictionary<(TableRule Rule, ushort InPort, bool Changed), RuleOnWay> _words = [];
    private readonly Dictionary<(FlowCount Flow, SwitchPort At), int> _lastArrivals = [];
    private readonly Dictionary<string, int> _told = [];
    private readonly List<(int Step, PacketOutcome Outcome)> _packets = [];
    private (int Step, Divergence Story)? _first;

    public ReplayComparison Compare(IReadOnlyList<ReceivedFrame> received)
    {
        var arrivals = Enumerable.Range(0, received.Count).ToLookup(index => FrameIdentity.Hash(received[index].Frame.Span));
        var sides = new ReplaySides(plan, _original, evidence.Errors);
        var judge = new PacketJudge(_original, evidence, new RecordedTraces(_original, evidence.Sniffed));
        var story = new DivergenceStory(plan, evidence, sides);

        var hashes = new UInt128[plan.Steps.Count];
        for (var step = 0; step < hashes.Length; step++)
        {
            if (Frame(plan.Steps[step]) is not { } frame)
                continue;
            hashes[step] = FrameIdentity.Hash(frame.Span);
            if (!_groups.TryGetValue(hashes[step], out var group))
                _groups[hashes[step]] = group = new PacketGroup();
            group.Remaining++;
        }

        for (var step = 0; step < hashes.Length; step++)
        {
            if (plan.Steps[step] is InstallRule rule)
                sides.Install(rule);
            if (Frame(plan.Steps[step]) is not { } frame)
                continue;
            var group = _groups[hashes[step]];
            Send(group, step, frame, sides);
            if (group.Remaining > 0)
                continue;
            var arrived = arrivals[hashes[step]].Select(index => new Arrival(index, received[index], FrameMatch.Of(received[index].Frame.Span)));
            foreach (var packet in group.Share(arrived, judge.Expects, judge.IsSeen))
                Count(hashes[step], packet, judge, story);
        }
        foreach (var strangers in arrivals)
        {
            if (!_groups.ContainsKey(strangers.Key))
                Count(strangers.Select(index => received[index]));
        }
        return new ReplayComparison
        {
            Flows = [.. _flows.Values.Select(flow => flow.ToOutcome())],
            Rewritten = [.. _rewrites.Values],
            Packets = [.. _packets.OrderBy(told => told.Step).Select(told => told.Outcome)],
            First = _first?.Story,
        };
    }

    /// <summary>Null for a step that sends no packet.</summary>
    private static ReadOnlyMemory<byte>? Frame(ReplayStep step) => step switch
    {
        InjectFrame frame => frame.Frame,
        SendPacket packet => packet.Message.Data,
        _ => default(ReadOnlyMemory<byte>?),
    };

    private void Send(PacketGroup group, int index, ReadOnlyMemory<byte> frame, ReplaySides sides)
    {
        var step = plan.Steps[index];
        var headers = FrameMatch.Of(frame.Span);
        var (recorded, replayed) = sides.Follow(step, headers);
        var at = step is InjectFrame injected ? injected.At : new SwitchPort(step.Dpid, ((SendPacket)step).Message.InPort);
        if (group.Add(new Sending(index, at, step.TimeNs, frame, headers, recorded, replayed)) is { } packet)
            packet.Index = ++Flow(FrameIdentity.Name(frame.Span)).Sent;
    }

    private void Count(UInt128 hash, SentPacket packet, PacketJudge judge, DivergenceStory story)
    {
        var flow = Flow(FrameIdentity.Name(packet.First.Frame.Span));
        var (verdict, known, why) = judge.Judge(hash, packet);
        flow.Count(verdict);

        var isReordered = IsReordered(flow, packet);
        flow.Reordered += isReordered ? 1 : 0;
        var isRewritten = false;
        foreach (var arrival in packet.CameOut)
            isRewritten |= Rewritten(packet, arrival);
        flow.Rewritten += isRewritten ? 1 : 0;

        var isDivergence = verdict is PacketVerdict.Dropped or PacketVerdict.Diverged && !(_first?.Step <= packet.First.Step);
        var tells = IsTold(verdict.ToString()) | (isRewritten && IsTold(nameof(isRewritten))) | (isReordered && IsTold(nameof(isReordered)));
        if (!isDivergence && !tells)
            return;
        var outcome = new PacketOutcome(
            flow.Name, packet.Index, packet.First.TimeNs, packet.First.At, verdict, known,
            [.. packet.Sendings.SelectMany(sending => sending.Recorded.Outputs.Where(judge.Expects)).Select(
                output => new PacketCopy(output.At, HeaderText.Name(output.Headers)))],
            [.. packet.CameOut.Select(arrival => arrival.ToCopy())], Rules(packet), why)
        {
            Rewritten = isRewritten,
            Reordered = isReordered,
        };
        if (tells)
            _packets.Add((packet.First.Step, outcome));
        if (isDivergence)
            _first = (packet.First.Step, story.Tell(packet, outcome));
    }

    /// <summary>Frames of which nothing had been sent.</summary>
    private void Count(IEnumerable<ReceivedFrame> strangers)
    {
        foreach (var frame in strangers)
        {
            var flow = Flow(FrameIdentity.Name(frame.Frame.Span));
            flow.Count(PacketVerdict.Unexpected);
            if (IsTold(nameof(PacketVerdict.Unexpected)))
            {
                _packets.Add((int.MaxValue, new PacketOutcome(
                    flow.Name, flow.Unexpected, frame.TimeNs, null, PacketVerdict.Unexpected, RecordEvidence.None, [],
                    [new PacketCopy(frame.At, flow.Name)], [], null)));
            }
        }
    }

    private FlowCount Flow(string name)
    {
        if (!_flows.TryGetValue(name, out var flow))
            _flows[name] = flow = new FlowCount(name);
        return flow;
    }

    private bool IsTold(string kind) => (_told[kind] = _told.GetValueOrDefault(kind) + 1) <= evidence.Details;

    /// <summary>Whether one that was sent later came out before it at the same port: packets are counted in the order of sending.</summary>
    private bool IsReordered(FlowCount flow, SentPacket packet)
    {
        var isReordered = false;
        foreach (var (_, arrival) in packet.Arrived)
        {
            var key = (flow, arrival.Frame.At);
            var last = _lastArrivals.GetValueOrDefault(key, -1);
            isReordered |= arrival.Index < last;
            _lastArrivals[key] = Math.Max(last, arrival.Index);
        }
        return isReordered;
    }

    private bool Rewritten(SentPacket packet, Arrival arrival)
    {
        if (packet.First.Headers is not { } sent || arrival.Headers is not { } came)
            return false;
        if (HeaderText.Flow(sent) is not { } from || HeaderText.Flow(came) is not { } to || from == to)
            return false;
        var hops = Way(packet, arrival).Where(hop => hop.Changed).ToList();
        var key = (from, to, arrival.Frame.At, hops.FirstOrDefault()?.Rule);
        var known = _rewrites.GetValueOrDefault(key) ??
            new ObservedRewrite(from, to, arrival.Frame.At, 0, [.. hops.Where(hop => hop.Rule is not null).Select(Words)]);
        _rewrites[key] = known with { Frames = known.Frames + 1 };
        return true;
    }

    private RuleOnWay[] Rules(SentPacket packet)
    {
        var hops = packet.CameOut.FirstOrDefault() is { } arrival ? Way(packet, arrival) : packet.Sendings.SelectMany(sending => sending.Replayed.Hops);
        return [.. hops.Where(hop => hop.Rule is not null).Select(Words)];
    }

    /// <summary>How a frame came where it came out, by the tables of the replay, else of the recording; empty where neither tells.</summary>
    private static IEnumerable<WayHop> Way(SentPacket packet, Arrival arrival)
    {
        if (arrival.Headers is not { } headers)
            return [];
        foreach (var way in packet.Sendings.Select(sending => sending.Replayed).Concat(packet.Sendings.Select(sending => sending.Recorded)))
        {
            if (way.Find(arrival.Frame.At, headers) is { } output)
                return way.To(output.Hop);
        }
        return [];
    }

    private RuleOnWay Words(WayHop hop)
    {
        var key = (hop.Rule!, hop.At.Port, hop.Changed);
        return _words.TryGetValue(key, out var words) ? words : _words[key] = DivergenceStory.Words(hop);
    }

    private sealed class FlowCount(string name)
    {
        private readonly int[] _verdicts = new int[Enum.GetValues<PacketVerdict>().Length];

        public string Name => name;

        public int Sent { get; set; }

        public int Reordered { get; set; }

        public int Rewritten { get; set; }

        public int Unexpected => Of(PacketVerdict.Unexpected);

        public void Count(PacketVerdict verdict) => _verdicts[(int)verdict]++;

        public FlowOutcome ToOutcome() => new(name, Sent)
        {
            Delivered = Of(PacketVerdict.Delivered),
            Absorbed = Of(PacketVerdict.Absorbed),
            Dropped = Of(PacketVerdict.Dropped),
            Diverged = Of(PacketVerdict.Diverged),
            Unknown = Of(PacketVerdict.Unknown),
            Reordered = Reordered,
            Rewritten = Rewritten,
            Unexpected = Unexpected,
        };

        private int Of(PacketVerdict verdict) => _verdicts[(int)verdict];
    }
}
