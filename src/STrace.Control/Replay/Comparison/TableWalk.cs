using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Follows packets through the tables, switch by switch, as they stand now.</summary>
internal sealed class TableWalk(PlanTables tables, RecordedTopology topology)
{
    private const int MostHops = 256;

    private readonly List<WayHop> _hops = [];
    private readonly List<WayOutput> _outputs = [];
    private string? _unknown;

    /// <summary>A packet that enters at a port.</summary>
    /// <param name="headers">As <see cref="FrameMatch.Of"/> gives them; null for what is no Ethernet frame.</param>
    public TableWay Enter(SwitchPort at, Match? headers) => Follow(headers, known => Enter(-1, at, known, flooded: false));

    /// <summary>The packet of a PACKET_OUT.</summary>
    public TableWay Send(ulong dpid, PacketOutMessage message, Match? headers) => Follow(headers, known =>
        Do(new WayHop(-1, new SwitchPort(dpid, message.InPort), known, null, WayHopKind.Forwarded, false), message.Actions, flooded: false));

    private TableWay Follow(Match? headers, Action<Match> follow)
    {
        _hops.Clear();
        _outputs.Clear();
        _unknown = null;
        if (headers is null)
            _unknown = "it is no Ethernet frame";
        else
            follow(headers);
        return new TableWay([.. _hops], [.. _outputs], _unknown);
    }

    private void Enter(int previous, SwitchPort at, Match headers, bool flooded)
    {
        if (_hops.Count >= MostHops || IsLoop(previous, at, headers))
        {
            _unknown ??= $"it goes round a loop through {at}";
            return;
        }
        var rule = tables.Find(at, headers, out var tied);
        var hop = new WayHop(previous, at, headers, rule, rule is null ? WayHopKind.NoRule : WayHopKind.Dropped, false);
        if (tied)
            Stop(hop, $"several rules of priority {rule!.Priority} take it at {at}, and do different things");
        else if (rule is null)
            _hops.Add(hop);
        else
            Do(hop, rule.Actions, flooded);
    }

    /// <summary>A PACKET_OUT through the table enters where the packet came in before; that is none.</summary>
    private bool IsLoop(int previous, SwitchPort at, Match headers)
    {
        for (var index = previous; index >= 0; index = _hops[index].Previous)
        {
            if (_hops[index] is { Rule: not null } hop && hop.At == at && hop.Headers.Equals(headers))
                return true;
        }
        return false;
    }

    private void Stop(WayHop hop, string why)
    {
        _unknown ??= why;
        _hops.Add(hop with { Kind = WayHopKind.Unknown });
    }

    /// <summary>Carries out a list of actions: each output takes the headers as they are by then.</summary>
    private void Do(WayHop hop, IReadOnlyList<OpenFlowAction> actions, bool flooded)
    {
        var index = _hops.Count;
        _hops.Add(hop with { Kind = WayHopKind.Dropped });
        var headers = hop.Headers;
        foreach (var action in actions)
        {
            switch (action)
            {
                case OutputAction output:
                    Output(index, output.Port, headers, flooded);
                    break;
                case EnqueueAction enqueue:
                    Output(index, enqueue.Port, headers, flooded);
                    break;
                case var other when HeaderChanges.Apply(headers, other) is { } changed:
                    headers = changed;
                    break;
                default:
                    _unknown ??= $"what {action} does at {hop.At} is not known";
                    _hops[index] = _hops[index] with { Kind = WayHopKind.Unknown };
                    return;
            }
        }
    }

    private void Output(int hop, ushort port, Match headers, bool flooded)
    {
        var at = _hops[hop].At;
        switch (port)
        {
            case PortNumber.Normal:
                _unknown ??= $"switch {at.Dpid:x16} chooses the ports itself (NORMAL)";
                _hops[hop] = _hops[hop] with { Kind = WayHopKind.Unknown };
                break;
            case PortNumber.Controller:
                if (_hops[hop].Kind == WayHopKind.Dropped)
                    _hops[hop] = _hops[hop] with { Kind = WayHopKind.ToController };
                break;
            case PortNumber.Table:
                Enter(hop, at, headers, flooded);
                Left(hop, headers);
                break;
            case PortNumber.InPort:
                Leave(hop, at, headers, flooded);
                break;
            case PortNumber.Flood or PortNumber.All:
                foreach (var other in topology.Ports.GetValueOrDefault(at.Dpid) ?? [])
                {
                    if (other != at.Port)
                        Leave(hop, new SwitchPort(at.Dpid, other), headers, flooded: true);
                }
                break;
            // To where it came from a packet goes by IN_PORT alone (section 5.2.4); the local port leads out of the network.
            case var number when number != at.Port && number <= PortNumber.Max:
                Leave(hop, new SwitchPort(at.Dpid, number), headers, flooded);
                break;
        }
    }

    private void Leave(int hop, SwitchPort port, Match headers, bool flooded)
    {
        Left(hop, headers);
        if (topology.IsEdge(port))
            _outputs.Add(new WayOutput(hop, port, headers, flooded));
        else if (topology.Links.TryGetValue(port, out var there))
            Enter(hop, there, headers, flooded);
        else
            _unknown ??= $"where the link at {port} leads is not recorded";
    }

    private void Left(int hop, Match headers) => _hops[hop] = _hops[hop] with
    {
        Kind = WayHopKind.Forwarded,
        Changed = _hops[hop].Changed || !headers.Equals(_hops[hop].Headers),
    };
}
