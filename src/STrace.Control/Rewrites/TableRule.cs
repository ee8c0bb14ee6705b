using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>A rule in a switch's table, from when to when.</summary>
internal sealed class TableRule
{
    private const long SecondNs = 1_000_000_000;

    private AddressChange? _change;
    private bool _hasChange;

    public required long InstalledNs { get; init; }
    public long? RemovedNs { get; set; }

    /// <summary>The switch refused it: it never was.</summary>
    public bool IsUndone { get; set; }

    /// <summary>The first is 0.</summary>
    public byte TableId { get; init; }

    public required Match Match { get; init; }

    /// <summary>What else its match asks for, that OpenFlow 1.0 has no fields for: it takes fewer packets than the match says. Empty: nothing.</summary>
    public string OtherFields { get; init; } = "";

    public required ushort Priority { get; init; }
    public required ulong Cookie { get; init; }
    public required IReadOnlyList<OpenFlowAction> Actions { get; init; }

    /// <summary>Seconds without a packet after which the rule goes; 0 never.</summary>
    public ushort IdleTimeoutSeconds { get; init; }

    /// <summary>Seconds after which the rule goes; 0 never.</summary>
    public ushort HardTimeoutSeconds { get; init; }

    /// <summary>When its timeouts began to count: a change of its actions leaves them alone.</summary>
    public required long AddedNs { get; init; }

    /// <summary>The switch tells when the rule goes.</summary>
    public bool IsReported { get; set; }

    /// <summary>When the switch last said that the rule stands; 0 when it never did.</summary>
    public long SeenNs { get; set; }

    /// <summary>When an unreported rule goes by its hard timeout; null for others: a switch may look at its clock late.</summary>
    public long? TimesOutNs => IsReported || HardTimeoutSeconds == 0 ? null : AddedNs + (HardTimeoutSeconds * SecondNs);

    /// <summary>Until when the rule surely stands unless a message ends it: an unreported idle timeout depends on packets.</summary>
    public long? SureUntilNs =>
        IsReported || IdleTimeoutSeconds == 0 ? null : Math.Max(SeenNs, AddedNs + (IdleTimeoutSeconds * SecondNs));

    public RuleKey Key => new(TableId, Match, OtherFields, Priority);

    /// <summary>Whether a packet that its match covers meets it in any case, if no other rule comes first.</summary>
    public bool IsPlain => TableId == 0 && OtherFields.Length == 0;

    private string MatchText => OtherFields.Length == 0 ? Match.ToString() : Match.Equals(Match.Any) ? OtherFields : $"{OtherFields},{Match}";

    /// <summary>Whether it sends packets anywhere.</summary>
    public bool HasOutput => Actions.Any(action => action is OutputAction or EnqueueAction);

    /// <summary>Whether it has an output to the port, or any port is meant.</summary>
    public bool Outputs(ushort port) => port == PortNumber.None || Actions.Any(action => action switch
    {
        OutputAction output => output.Port == port,
        EnqueueAction enqueue => enqueue.Port == port,
        _ => false,
    });

    /// <summary>As a rewrite, if only a possible one; null where the rule sends no changed IPv4 packet anywhere.</summary>
    public RewriteRule? ToRewrite(ulong dpid)
    {
        if (Change() is not { } change)
            return null;
        return new RewriteRule
        {
            InstalledNs = InstalledNs,
            RemovedNs = RemovedNs,
            Dpid = dpid,
            Cookie = Cookie,
            Priority = Priority,
            Protocol = Match.NwProto,
            MatchSource = Prefix(Match.NwSrc, Match.NwSrcPrefixLength),
            MatchDestination = Prefix(Match.NwDst, Match.NwDstPrefixLength),
            MatchSourcePort = Match.TpSrc,
            MatchDestinationPort = Match.TpDst,
            SetSource = change.Source,
            SetDestination = change.Destination,
            SetSourcePort = change.SourcePort,
            SetDestinationPort = change.DestinationPort,
            Copies = change.Copies,
            Doubt = change.Doubt,
            Match = MatchText,
            Actions = string.Join(',', Actions),
            Source = RewriteSource.Live,
        };
    }

    /// <summary>Of a packet of another kind a switch leaves the fields alone; of a rule for any kind it changes those of IPv4.</summary>
    private AddressChange? Change()
    {
        if (!_hasChange)
        {
            _change = Match.DlType is null or Protocols.EtherIpv4 ? AddressChange.Of(Match, Actions) : null;
            if (_change is not null && OtherFields.Length > 0)
                _change = AddressChange.Unknown($"whether a packet meets the rule depends on {OtherFields}, which is not looked at");
            _hasChange = true;
        }
        return _change;
    }

    public FlowRule ToFlowRule(ulong dpid) => new()
    {
        Dpid = dpid,
        Priority = Priority,
        Cookie = Cookie,
        Fields = new FlowMatch(
            Match.InPort, Match.DlSrc?.Value, Match.DlDst?.Value, Match.DlVlan, Match.DlVlanPcp, Match.DlType, Match.NwTos, Match.NwProto,
            Prefix(Match.NwSrc, Match.NwSrcPrefixLength), Prefix(Match.NwDst, Match.NwDstPrefixLength), Match.TpSrc, Match.TpDst),
        Steps = OtherFields.Length == 0 ? FlowSteps.Of(Actions) : FlowSteps.Unknown,
        InstalledNs = InstalledNs,
        RemovedNs = RemovedNs,
        SureUntilNs = SureUntilNs,
        Match = MatchText,
        Actions = string.Join(',', Actions),
    };

    private static IpPrefix? Prefix(Ipv4Address? address, int length) =>
        address is { } known ? new IpPrefix(IpAddress.FromV4(known.Value), length) : null;
}

/// <summary>What tells a rule from others of the same switch.</summary>
internal readonly record struct RuleKey(byte TableId, Match Match, string OtherFields, ushort Priority);
