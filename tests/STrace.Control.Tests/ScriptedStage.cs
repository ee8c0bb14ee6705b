using STrace.OpenFlow;

namespace STrace.Control.Tests;

/// <summary>
/// Switches 1 to 3 with ports 1 to 3 that take their time over everything, and fail when a packet goes before a rule is
/// confirmed, or a rule while a packet is under way.
/// </summary>
internal sealed class ScriptedStage(int seed) : IReplayStage
{
    private readonly Lock _gate = new();
    private readonly Random _random = new(seed);
    private readonly Dictionary<ulong, int> _unconfirmedRules = [];
    private readonly Dictionary<ulong, int> _unconfirmedPackets = [];
    private readonly List<string> _log = [];
    private int _injecting;
    private uint _lastXid;

    public event Action<ulong, OpenFlowMessage>? Received;

    /// <summary>What was sent, in order.</summary>
    public IReadOnlyList<string> Log => _log;

    public List<uint> Barriers { get; } = [];

    public string? Violation { get; private set; }

    /// <summary>Called with each message that is sent.</summary>
    public Action<ulong, OpenFlowMessage> OnSent { get; set; } = (_, _) => { };

    public void Report(ulong dpid, OpenFlowMessage message) => Received?.Invoke(dpid, message);

    public IReadOnlyCollection<ushort>? Ports(ulong dpid) => dpid is >= 1 and <= 3 ? [1, 2, 3] : null;

    public bool CanInject(SwitchPort port) => port.Port < 3;

    public void Send(ulong dpid, OpenFlowMessage message)
    {
        lock (_gate)
        {
            if (message is FlowModMessage rule)
            {
                if (_injecting > 0 || (_unconfirmedPackets.Count > 0 && rule.Xid != 0))
                    Violation ??= $"rule after {_log.Count} sent while packets are under way";
                _unconfirmedRules[dpid] = _unconfirmedRules.GetValueOrDefault(dpid) + 1;
            }
            else
            {
                DemandRules();
                _unconfirmedPackets[dpid] = _unconfirmedPackets.GetValueOrDefault(dpid) + 1;
            }
            _log.Add($"{message.Type} {message.Xid}");
        }
        OnSent(dpid, message);
    }

    public async Task<uint> BarrierAsync(ulong dpid, CancellationToken cancellationToken)
    {
        int rules, packets;
        lock (_gate)
            (rules, packets) = (_unconfirmedRules.GetValueOrDefault(dpid), _unconfirmedPackets.GetValueOrDefault(dpid));
        await DawdleAsync();
        lock (_gate)
        {
            Confirm(_unconfirmedRules, dpid, rules);
            Confirm(_unconfirmedPackets, dpid, packets);
            Barriers.Add(++_lastXid);
            return _lastXid;
        }
    }

    public async Task InjectAsync(SwitchPort port, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            DemandRules();
            _injecting++;
            _log.AddRange(frames.Select(frame => $"Inject {port.Dpid}:{port.Port} {frame.Span[0]}"));
        }
        await DawdleAsync();
        lock (_gate)
            _injecting--;
    }

    private void DemandRules()
    {
        if (_unconfirmedRules.Count > 0)
            Violation ??= $"packet after {_log.Count} sent before its rules are confirmed";
    }

    private async Task DawdleAsync()
    {
        int turns;
        lock (_gate)
            turns = _random.Next(6);
        for (var turn = 0; turn < turns; turn++)
            await Task.Yield();
    }

    private static void Confirm(Dictionary<ulong, int> unconfirmed, ulong dpid, int count)
    {
        if (count > 0 && (unconfirmed[dpid] -= count) == 0)
            unconfirmed.Remove(dpid);
    }
}
