namespace STrace.Control;

/// <summary>What became of one packet.</summary>
public enum PacketVerdict
{
    /// <summary>It came out where the record says, and as what it says.</summary>
    Delivered,

    /// <summary>It did not come out, and did not in the recording: a rule dropped it, or the controller kept it.</summary>
    Absorbed,

    /// <summary>It did not come out, although it did in the recording.</summary>
    Dropped,

    /// <summary>It came out elsewhere, as something else, more or fewer times than in the recording, or late.</summary>
    Diverged,

    /// <summary>The record does not tell enough to say.</summary>
    Unknown,

    /// <summary>A frame came out that had not been sent.</summary>
    Unexpected,
}

/// <summary>What tells how a packet fared in the recording; the strongest that there is.</summary>
public enum RecordEvidence
{
    /// <summary>Nothing does.</summary>
    None,

    /// <summary>The recorded tables, links and places of hosts.</summary>
    Topology,

    /// <summary>And its copy at the last switch of its way, as it entered there.</summary>
    Mirror,

    /// <summary>And the receiver's own sniffer.</summary>
    Sniffer,
}

/// <param name="Index">Which of its flow, from 1.</param>
/// <param name="TimeNs">When it was recorded; when it came out, of one that had not been sent. ns since the epoch.</param>
/// <param name="SentAt">Where it was sent; null for one that had not been.</param>
/// <param name="Recorded">Where it left the network in the recording.</param>
/// <param name="CameOut">Where it left the replay network.</param>
/// <param name="Rules">That took it in the replay, on the way to where it came out first.</param>
/// <param name="Why">In words, where the verdict needs any.</param>
public sealed record PacketOutcome(
    string Flow, int Index, long TimeNs, SwitchPort? SentAt, PacketVerdict Verdict, RecordEvidence Evidence,
    IReadOnlyList<PacketCopy> Recorded, IReadOnlyList<PacketCopy> CameOut, IReadOnlyList<RuleOnWay> Rules, string? Why)
{
    public bool Rewritten { get; init; }

    public bool Reordered { get; init; }
}

/// <param name="Headers">Protocol and addresses, as it left.</param>
public sealed record PacketCopy(SwitchPort At, string Headers);

/// <summary>The first packet that fared otherwise than the record says, explained.</summary>
/// <param name="Recorded">What became of it in the recording, by which rule.</param>
/// <param name="Replayed">What became of it in the replay.</param>
/// <param name="Cause">The probable one.</param>
/// <param name="RecordedRule">That took it, at the first switch where the two differ; null where none did or none differs.</param>
/// <param name="ReplayedRule">That took it there in the replay.</param>
public sealed record Divergence(
    PacketOutcome Packet, string Recorded, string Replayed, string Cause, RuleOnWay? RecordedRule, RuleOnWay? ReplayedRule)
{
    public override string ToString() =>
        $"packet {Packet.Index} of {Packet.Flow}, sent at {Packet.SentAt}: recorded: {Recorded}; replayed: {Replayed}; probable cause: {Cause}";
}
