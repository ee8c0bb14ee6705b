using STrace.Model;

namespace STrace.Correlation;

/// <summary>One packet on its way. A packet that is sent out of several ports is followed to where its destination is.</summary>
/// <param name="usesNewRules">False: where a rule was just sent to a switch, the one before is taken for the one that was used.</param>
internal sealed class PacketWalk(
    NetworkTables tables, NetworkPlaces places, RelayIndex relays, IReadOnlyDictionary<ulong, string> names, bool usesNewRules)
{
    private const int MostEntered = 256;

    /// <summary>How long a switch may take to use a rule: Open vSwitch confirms it before its data path uses it.</summary>
    private const long SettleNs = 50_000_000;

    /// <summary>How long a packet may be on its way.</summary>
    private const long TransitNs = 1_000_000_000;

    /// <summary>How long a packet may take to the controller: an address may have to be asked for before.</summary>
    private const long LateNs = 3_000_000_000;

    /// <summary>By how much the sender's clock may be ahead of the recorder's.</summary>
    private const long EarlyNs = 20_000_000;

    private readonly List<(ulong Dpid, PacketFields Packet)> _within = [];
    private int _entered;

    /// <summary>The way on from a switch; <paramref name="Hop"/> is null where it was not entered.</summary>
    private sealed record Way(NetworkHop? Hop, Way? Next, FlowTuple Arrives, string? Unknown);

    /// <summary>Whether each packet with these addresses takes this way from <see cref="FromNs"/> until <see cref="UntilNs"/>.</summary>
    public bool Repeatable { get; private set; } = true;

    /// <summary>A rule was so new that the switch may have used the one before.</summary>
    public bool IsDoubtful { get; private set; }
    public long FromNs { get; private set; } = long.MinValue;
    public long UntilNs { get; private set; } = long.MaxValue;

    public NetworkRoute Follow(NetworkPort at, PacketFields packet, long timeNs)
    {
        Way way = Enter(at, packet, timeNs);
        var hops = new List<NetworkHop>();
        for (Way? next = way; next?.Hop is { } hop; next = next.Next)
            hops.Add(hop);
        return new NetworkRoute(hops, way.Arrives, way.Unknown);
    }

    private Way Enter(NetworkPort at, PacketFields packet, long timeNs)
    {
        if (++_entered > MostEntered)
            return new Way(null, null, packet.Flow, "there are too many ways");
        if (_within.Contains((at.Dpid, packet)))
            return new Way(null, null, packet.Flow, $"it comes back to port {at.Port} of {Name(at.Dpid)} as it was: a loop");
        _within.Add((at.Dpid, packet));
        var forwarding = new Forwarding(at, packet, timeNs);
        Decide(forwarding);
        Way way = Leave(forwarding);
        _within.RemoveAt(_within.Count - 1);
        return way;
    }

    /// <summary>
    /// A packet that no rule takes comes to the controller, and so into the record. That decides where the times alone do not: a rule is
    /// recorded when it is sent, the switch uses it a little later, and the packet comes to the switch some time after it was sent.
    /// </summary>
    private void Decide(Forwarding forwarding)
    {
        RuleLookup found = Find(forwarding, forwarding.Packet);
        bool isFresh = found.Rule?.InstalledNs > forwarding.TimeNs - SettleNs;
        bool isUnsure = found.Rule?.SureUntilNs < forwarding.TimeNs;
        bool isCertain = found.Rule is not null && !isFresh && !isUnsure;
        Repeatable &= isCertain;
        if (!isCertain && Relay(forwarding, forwarding.Packet, found.Rule is null ? EarlyNs : 0))
            return;

        if (found.Rule is null && found.UntilNs - forwarding.TimeNs < TransitNs)
        {
            forwarding.TimeNs = found.UntilNs;
            found = Find(forwarding, forwarding.Packet);
        }
        else if (isUnsure)
            forwarding.Doubt = "the rule may have timed out before";
        else if (isFresh)
            found = Settle(forwarding, found);

        if (found.Rule is not null)
            Use(found, forwarding, forwarding.Packet);
        else
            forwarding.Nowhere = $"no rule is recorded at {Name(forwarding.At.Dpid)} that takes it, nor that it came to the controller";
    }

    /// <summary>Which of two rules the switch used, the new one or the one before.</summary>
    private RuleLookup Settle(Forwarding forwarding, RuleLookup found)
    {
        RuleLookup before = tables.RuleFor(forwarding.At.Dpid, forwarding.Packet, found.Rule!.InstalledNs - 1);
        if (before.Rule is null || before.Rule.Actions == found.Rule.Actions)
            return found;
        IsDoubtful = true;
        forwarding.Doubt = usesNewRules
            ? "the rule was new: the switch may have used the one before"
            : "a newer rule had just been sent to the switch";
        return usesNewRules ? found : before;
    }

    private RuleLookup Find(Forwarding forwarding, in PacketFields packet)
    {
        RuleLookup found = tables.RuleFor(forwarding.At.Dpid, packet, forwarding.TimeNs);
        FromNs = Math.Max(FromNs, found.FromNs);
        UntilNs = Math.Min(UntilNs, found.UntilNs);
        UntilNs = Math.Min(UntilNs, found.Rule?.SureUntilNs ?? long.MaxValue);
        return found;
    }

    private void Use(RuleLookup found, Forwarding forwarding, PacketFields packet)
    {
        FlowRule rule = found.Rule!;
        if (found.Tied)
        {
            forwarding.Nowhere = $"rules of the same priority, {rule.Priority}, take it at {Name(rule.Dpid)}, and do different things";
            return;
        }
        forwarding.Rule = rule;
        forwarding.Nowhere = "the rule drops it";
        Do(rule.Steps, forwarding, packet);
    }

    /// <returns>False where it is not recorded that the packet came to the controller.</returns>
    private bool Relay(Forwarding forwarding, PacketFields packet, long earlyNs)
    {
        Repeatable = false;
        if (relays.Find(forwarding.At, packet.Flow, forwarding.TimeNs - earlyNs, forwarding.TimeNs + LateNs) is not { } relay)
            return false;
        forwarding.ViaController = true;
        forwarding.TimeNs = Math.Max(forwarding.TimeNs, relay.SentNs ?? relay.ReceivedNs);
        forwarding.Nowhere = "it came to the controller, which did not send it on";
        Do(relay.Steps, forwarding, packet);
        return true;
    }

    private void Do(IReadOnlyList<FlowStep> steps, Forwarding forwarding, PacketFields packet)
    {
        foreach (FlowStep step in steps)
        {
            switch (step.Kind)
            {
                case FlowStepKind.Output when step.Value == forwarding.At.Port:
                    break; // back where it came from it goes by IN_PORT only (section 5.2.4)
                case FlowStepKind.Output:
                    forwarding.Copies.Add((new NetworkPort(forwarding.At.Dpid, (uint)step.Value), packet));
                    break;
                case FlowStepKind.OutputInPort:
                    forwarding.Copies.Add((forwarding.At, packet));
                    break;
                case FlowStepKind.Normal:
                    forwarding.Doubt = "the switch chose the port itself (NORMAL)";
                    goto case FlowStepKind.Flood;
                case FlowStepKind.Flood:
                    Flood(forwarding, packet);
                    break;
                case FlowStepKind.Controller when !forwarding.ViaController:
                    forwarding.Nowhere = "it was sent to the controller, and is not recorded to have come there";
                    Relay(forwarding, packet, EarlyNs);
                    break;
                case FlowStepKind.Unknown:
                    forwarding.Copies.Clear();
                    forwarding.Nowhere = "the rule does not tell where it goes, or as what";
                    return;
                case FlowStepKind.Table:
                    RuleLookup found = Find(forwarding, packet);
                    forwarding.Nowhere = "the controller sent it through the flow table, where no rule took it";
                    if (found.Rule is not null)
                        Use(found, forwarding, packet);
                    break;
                default:
                    packet = packet.Apply(step);
                    break;
            }
        }
    }

    /// <summary>Of the ports to hosts, only the destination's counts.</summary>
    private void Flood(Forwarding forwarding, PacketFields packet)
    {
        foreach (NetworkPort inside in places.LinkPorts(forwarding.At.Dpid).Where(p => p != forwarding.At))
            forwarding.Copies.Add((inside, packet));
        if (Destination(packet, forwarding.TimeNs) is { } port && port.Dpid == forwarding.At.Dpid && port != forwarding.At)
            forwarding.Copies.Add((port, packet));
        forwarding.Nowhere = "it was flooded, and no port is known to lead to its destination";
    }

    private Way Leave(Forwarding forwarding)
    {
        var ways = new List<Way>();
        foreach ((NetworkPort port, PacketFields packet) in forwarding.Copies)
        {
            if (places.IsLinkPort(port))
                ways.Add(Cross(forwarding, port, packet));
            else if (forwarding.Copies.Count == 1 || Destination(packet, forwarding.TimeNs) == port)
                ways.Add(new Way(Hop(forwarding, port.Port, null, packet), null, packet.Flow, null));
        }
        List<Way> arrived = ways.FindAll(w => w.Unknown is null);
        return (arrived, forwarding.Copies.Count) switch
        {
            ([var only], _) => only,
            ([], 0) => Stop(forwarding, forwarding.Nowhere!),
            ([], 1) => ways[0],
            ([], _) => Stop(forwarding, "it left by several ports, and is not known to have arrived by any"),
            _ => Stop(forwarding, "it left by several ports, and several of them lead to its destination"),
        };
    }

    private Way Cross(Forwarding forwarding, NetworkPort port, PacketFields packet)
    {
        if (places.LinkFrom(port, forwarding.TimeNs) is not { } link)
        {
            string why = $"the link at port {port.Port} of {Name(port.Dpid)} was down";
            return new Way(Hop(forwarding, port.Port, null, packet), null, packet.Flow, why);
        }
        Way next = Enter(link.To, packet with { InPort = link.To.Port }, forwarding.TimeNs);
        return new Way(Hop(forwarding, port.Port, link, packet), next, next.Arrives, next.Unknown);
    }

    private Way Stop(Forwarding forwarding, string why) =>
        new(Hop(forwarding, null, null, forwarding.Packet), null, forwarding.Packet.Flow, why);

    private NetworkHop Hop(Forwarding forwarding, uint? outPort, NetworkLink? link, in PacketFields packet) => new(
        forwarding.At.Dpid, Name(forwarding.At.Dpid), forwarding.At.Port, outPort, link, forwarding.Rule, forwarding.ViaController,
        forwarding.Packet.Flow, packet.Flow, forwarding.Doubt);

    private NetworkPort? Destination(in PacketFields packet, long timeNs) => places.Host(packet.Flow.Destination.Address, timeNs)?.At;

    private string Name(ulong dpid) => names.TryGetValue(dpid, out string? name) ? name : $"{dpid:x16}";

    /// <summary>What one switch does with the packet.</summary>
    private sealed class Forwarding(NetworkPort at, PacketFields packet, long timeNs)
    {
        public NetworkPort At => at;

        /// <summary>As it entered.</summary>
        public PacketFields Packet => packet;

        /// <summary>When it entered; later, when the controller sent it on.</summary>
        public long TimeNs { get; set; } = timeNs;
        public FlowRule? Rule { get; set; }
        public bool ViaController { get; set; }
        public string? Doubt { get; set; }

        /// <summary>Why it went nowhere, if it does.</summary>
        public string? Nowhere { get; set; }

        /// <summary>Where it leaves, and as what.</summary>
        public List<(NetworkPort Port, PacketFields Packet)> Copies { get; } = [];
    }
}
