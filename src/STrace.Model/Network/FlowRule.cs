namespace STrace.Model;

/// <summary>A rule in a switch's table, from when to when, reduced to what the walk of a packet asks.</summary>
public sealed record FlowRule
{
    public required ulong Dpid { get; init; }

    /// <summary>The highest wins; a match without wildcards has the highest there is.</summary>
    public required int Priority { get; init; }
    public required ulong Cookie { get; init; }
    public required FlowMatch Fields { get; init; }
    public required IReadOnlyList<FlowStep> Steps { get; init; }

    /// <summary>When the rule was sent to the switch, or what the switch said of its age; ns since the epoch.</summary>
    public required long InstalledNs { get; init; }

    /// <summary>When it was deleted, replaced or timed out; null while it stands.</summary>
    public long? RemovedNs { get; init; }

    /// <summary>
    /// Until when it surely stood: a rule with an idle timeout that was not to be reported may be gone from then on. Null where the
    /// record tells of its end.
    /// </summary>
    public long? SureUntilNs { get; init; }

    /// <summary>The whole match and action list, as ovs-ofctl writes them.</summary>
    public required string Match { get; init; }
    public required string Actions { get; init; }
}
