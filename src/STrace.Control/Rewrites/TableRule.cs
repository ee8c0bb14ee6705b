using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>A rule in a switch's table, from when to when.</summary>
internal sealed class TableRule
{
    private const long SecondNs = 1_000_000_000;

    public required long InstalledNs { get; init; }
    public long? RemovedNs { get; set; }

    /// <summary>The switch refused it: it never was.</summary>
    public bool IsUndone { get; set; }

    public required Match Match { get; init; }
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

    /// <summary>Whether it sends packets anywhere.</summary>
    public bool HasOutput => Actions.Any(action => action is OutputAction or EnqueueAction);

    /// <summary>Whether it has an output to the port, or any port is meant.</summary>
    public bool Outputs(ushort port) => port == PortNumber.None || Actions.Any(action => action switch
    {
        OutputAction output => output.Port == port,
        EnqueueAction enqueue => enqueue.Port == port,
        _ => false,
    });

    /// <summary>As a rewrite; null where the rule sends no changed IPv4 packet anywhere.</summary>
    public RewriteRule? ToRewrite(ulong dpid)
    {
        if (Match.DlType != Protocols.EtherIpv4)
            return null;

        var rewrite = new RewriteRule
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
            Match = Match.ToString(),
            Actions = string.Join(',', Actions),
            Source = RewriteSource.Live,
        };
        var changed = Actions.Take(LastOutput()).Aggregate(rewrite, Apply);
        return changed == rewrite ? null : changed;
    }

    /// <summary>A change after the last output reaches no packet.</summary>
    private int LastOutput()
    {
        var index = Actions.Count - 1;
        while (index >= 0 && Actions[index] is not (OutputAction or EnqueueAction))
            index--;
        return Math.Max(index, 0);
    }

    private static RewriteRule Apply(RewriteRule rewrite, OpenFlowAction action) => action switch
    {
        SetNwSrcAction set => rewrite with { SetSource = IpAddress.FromV4(set.Address.Value) },
        SetNwDstAction set => rewrite with { SetDestination = IpAddress.FromV4(set.Address.Value) },
        SetTpSrcAction set => rewrite with { SetSourcePort = set.Port },
        SetTpDstAction set => rewrite with { SetDestinationPort = set.Port },
        _ => rewrite,
    };

    public FlowRule ToFlowRule(ulong dpid) => new()
    {
        Dpid = dpid,
        Priority = Priority,
        Cookie = Cookie,
        Fields = new FlowMatch(
            Match.InPort, Match.DlSrc?.Value, Match.DlDst?.Value, Match.DlVlan, Match.DlVlanPcp, Match.DlType, Match.NwTos, Match.NwProto,
            Prefix(Match.NwSrc, Match.NwSrcPrefixLength), Prefix(Match.NwDst, Match.NwDstPrefixLength), Match.TpSrc, Match.TpDst),
        Steps = FlowSteps.Of(Actions),
        InstalledNs = InstalledNs,
        RemovedNs = RemovedNs,
        SureUntilNs = SureUntilNs,
        Match = Match.ToString(),
        Actions = string.Join(',', Actions),
    };

    private static IpPrefix? Prefix(Ipv4Address? address, int length) =>
        address is { } known ? new IpPrefix(IpAddress.FromV4(known.Value), length) : null;
}
