using System.Security.Cryptography;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>One switch as its recorded messages tell it: its rules, where hosts are, what the controller sent through its table.</summary>
internal sealed class RecordedSwitch
{
    // Apart from those of recorded messages and of the replay's own, so that an ERROR names the rule.
    private const uint FirstSnapshotXid = 0xc000_0000;

    private readonly RuleTable _rules = new();
    private readonly Dictionary<MacAddress, ushort> _locations = [];
    private readonly Dictionary<string, List<long>> _sentNs = [];
    private int _rulesTaken;
    private uint _nextSnapshotXid = FirstSnapshotXid;

    /// <summary>What a snapshot says afterwards, the FLOW_MODs have said.</summary>
    public bool HasFlowMods { get; private set; }

    public void Apply(FlowModMessage rule, long timeNs)
    {
        HasFlowMods = true;
        _rules.Apply(rule, timeNs);
    }

    public void Apply(FlowRemovedMessage message, long timeNs) => _rules.Apply(message, timeNs);

    /// <returns>The FLOW_MOD that makes this rule; null where it is known, as from the session's end all are.</returns>
    public FlowModMessage? Apply(FlowStats rule, long timeNs)
    {
        if (!_rules.Apply(rule, timeNs))
            return null;
        return new FlowModMessage
        {
            Xid = _nextSnapshotXid++,
            Match = rule.Match,
            Cookie = rule.Cookie,
            Priority = rule.Priority,
            IdleTimeoutSeconds = rule.IdleTimeoutSeconds,
            HardTimeoutSeconds = rule.HardTimeoutSeconds,
            Actions = rule.Actions,
        };
    }

    public void Learn(PacketInMessage packet)
    {
        if (PacketHeaders.TryRead(packet.Data.Span, out var headers) && headers.Source.IsHost())
            _locations[headers.Source] = packet.InPort;
    }

    /// <summary>A PACKET_OUT whose packet meets the rules, and so may come to the datastore.</summary>
    public void SentThroughTable(long timeNs, ReadOnlyMemory<byte> frame)
    {
        var key = Key(frame.Span);
        if (!_sentNs.TryGetValue(key, out var times))
            _sentNs[key] = times = [];
        times.Add(timeNs);
    }

    /// <summary>Whether the frame is the copy of a packet sent through the table; each counts once.</summary>
    public bool TakeSent(MirroredFrame frame, long toleranceNs)
    {
        if (_sentNs.Count == 0 || !_sentNs.TryGetValue(Key(frame.Frame.Span), out var times))
            return false;
        var index = times.FindIndex(sentNs => Math.Abs(frame.TimeNs - sentNs) <= toleranceNs);
        if (index < 0)
            return false;
        times.RemoveAt(index);
        return true;
    }

    public bool HasRuleFor(Match? headers) => RulesFor(headers).Count > 0;

    /// <summary>The matches of the rules that have come since the last call and stand.</summary>
    public List<Match> TakeNewRules()
    {
        var rules = new List<Match>();
        for (; _rulesTaken < _rules.All.Count; _rulesTaken++)
        {
            if (_rules.All[_rulesTaken] is { HasOutput: true } rule && _rules.IsStanding(rule))
                rules.Add(rule.Match);
        }
        return rules;
    }

    /// <summary>
    /// Where the frame entered: at the port that its rule names, which tells two places of one source address apart, else
    /// where its source was last seen. Null where neither is known.
    /// </summary>
    public ushort? EntryPort(ReadOnlySpan<byte> frame)
    {
        if (!PacketHeaders.TryRead(frame, out var headers))
            return null;
        ushort? location = _locations.TryGetValue(headers.Source, out var port) ? port : null;
        var rules = RulesFor(FrameMatch.Of(frame));
        var contradicted = rules.Count > 0 && rules.All(rule => rule.Match.InPort is { } named && named != location);
        return location is null || contradicted ? rules.MaxBy(rule => (rule.Priority, -rule.InstalledNs))?.Match.InPort : location;
    }

    /// <summary>The rules that send such a frame anywhere, whatever port it entered at.</summary>
    private List<TableRule> RulesFor(Match? headers) => headers is null ? [] : [.. _rules.Covering(headers).Where(rule => rule.HasOutput)];

    /// <summary>Without the zeros that a short frame is padded with on some wires.</summary>
    private static string Key(ReadOnlySpan<byte> frame) => Convert.ToHexString(SHA256.HashData(frame.TrimEnd((byte)0)));
}
