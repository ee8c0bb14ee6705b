using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>Explains why a packet fared otherwise than in the recording, from its way by the tables of both.</summary>
internal sealed class DivergenceStory(ReplayPlan plan, ReplayEvidence evidence, ReplaySides sides)
{
    public Divergence Tell(SentPacket packet, PacketOutcome outcome)
    {
        var wanted = packet.Missing.FirstOrDefault();
        var sending = wanted?.Sending ?? packet.Sendings.Find(one => FirstDifference(one, null) is not null) ?? packet.First;
        var difference = FirstDifference(sending, wanted);
        var recordedHop = difference?.Recorded ??
            (wanted is null ? sending.Recorded.Hops[^1] : sending.Recorded.Hops[wanted.Output.Hop]);
        var replayedHop = difference is null ? recordedHop : difference.Value.Replayed;

        var recorded = $"{Took(recordedHop)}, and it {Left(outcome.Recorded)}{Known(outcome.Evidence)}";
        var replayed = $"{(difference is null ? "the same rules are to have taken it" : replayedHop is null ? "it did not come there" : Took(replayedHop))}, " +
            $"and it {(packet.Missing.Count + packet.Strays.Count == 0 ? outcome.Why : Left(outcome.CameOut))}";
        return new Divergence(
            outcome, recorded, replayed, difference is { } rules ? Cause(sending, rules) : Cause(packet, wanted),
            difference?.Recorded is { Rule: not null } was ? Words(was) : null, difference?.Replayed is { Rule: not null } now ? Words(now) : null);
    }

    public static RuleOnWay Words(WayHop hop) => new(
        hop.At.Dpid, hop.At.Port, hop.Rule!.Cookie, hop.Rule.Priority, hop.Rule.Match.ToString(), string.Join(',', hop.Rule.Actions), hop.Changed);

    /// <summary>The first switch at which another rule took it than in the recording. Replayed: null where it did not come there.</summary>
    private static (WayHop Recorded, WayHop? Replayed)? FirstDifference(Sending sending, Wanted? wanted)
    {
        if (ReferenceEquals(sending.Recorded, sending.Replayed))
            return null;
        foreach (var hop in wanted is null ? sending.Recorded.Hops : sending.Recorded.To(wanted.Output.Hop))
        {
            var same = sending.Replayed.Hops.FirstOrDefault(other => other.At == hop.At && other.Headers.Equals(hop.Headers));
            if (same is null || !Same(hop.Rule, same.Rule))
                return (hop, same);
        }
        return null;
    }

    private static bool Same(TableRule? one, TableRule? other) =>
        one is null || other is null ? one == other : one.Match.Equals(other.Match) && one.Priority == other.Priority && one.Actions.SequenceEqual(other.Actions);

    private static string Took(WayHop hop) => hop switch
    {
        { Rule: not null } => $"at {hop.At} rule {Words(hop)} took it",
        { Kind: WayHopKind.NoRule } => $"at {hop.At} no rule took it",
        _ => $"the controller sent it out at switch {hop.At.Dpid:x16}",
    };

    private static string Left(IReadOnlyList<PacketCopy> copies) => copies.Count == 0
        ? "did not come out"
        : $"came out at {string.Join(" and ", copies.Select(copy => $"{copy.At} as {copy.Headers}"))}";

    private static string Known(RecordEvidence evidence) => evidence switch
    {
        RecordEvidence.Mirror => " (the last switch's datastore received it)",
        RecordEvidence.Sniffer => " (the receiver's sniffer saw it)",
        _ => " (by the recorded tables)",
    };

    private string Cause(Sending sending, (WayHop Recorded, WayHop? Replayed) difference)
    {
        var (was, now) = difference;
        if (was.Rule is not { } rule)
            return $"the replay has a rule at switch {was.At.Dpid:x16} that the recording had not";
        var at = $"at switch {was.At.Dpid:x16}";
        if (now?.Rule is { } other && other.Match.Equals(rule.Match) && other.Priority == rule.Priority)
            return $"the rule {at} has other actions in the replay";
        if (sides.Errors.FirstOrDefault(refused => Makes(refused.Key, was)).Value is { } error)
            return $"switch {was.At.Dpid:x16} refused the rule with ERROR {error.Type} {error.Code}";
        if (now?.Rule is { } stronger && stronger.Priority >= rule.Priority)
            return $"another rule {at}, of {(stronger.Priority > rule.Priority ? "higher" : "the same")} priority, took it first";
        var step = Enumerable.Range(0, plan.Steps.Count).FirstOrDefault(index => plan.Steps[index] is InstallRule install && Makes(install, was), -1);
        if (step > sending.Step)
            return $"it was sent before its rule {at} was installed";
        return step < 0 ? $"the rule is missing {at}: the replay never sent it" : $"the rule is missing {at}: another message had removed it";
    }

    /// <summary>The tables were the same, as far as the messages tell.</summary>
    private string Cause(SentPacket packet, Wanted? wanted)
    {
        if (!evidence.Synchronised)
            return "packets did not wait for the rules before them: it may have been sent before its rule was confirmed";
        if (wanted is null)
            return packet.Arrived.Count > 0 && packet.Strays.Count == 0
                ? "the replay network or a datastore was slow"
                : "something in the replay network sent a copy of its own";
        if (packet.CameOut.Any())
            return $"it was rewritten or sent otherwise than the rules sent to the switches say: was a table changed by someone else, or a link put elsewhere ({Way(wanted)})?";
        return $"it was lost on its way by {Way(wanted)}: a link or port is down, a rule had timed out, or a table was changed by someone else";
    }

    private static string Way(Wanted wanted) =>
        $"{string.Join(", ", wanted.Sending.Recorded.To(wanted.Output.Hop).Select(hop => hop.At))} and out at {wanted.Output.At}";

    private static bool Makes(InstallRule step, WayHop hop) =>
        step.Dpid == hop.At.Dpid &&
        step.Message.Command is FlowModCommand.Add or FlowModCommand.Modify or FlowModCommand.ModifyStrict &&
        MatchMeaning.Priority(step.Message.Match, step.Message.Priority) == hop.Rule!.Priority &&
        MatchMeaning.Normalise(step.Message.Match).Equals(hop.Rule.Match) &&
        step.Message.Actions.SequenceEqual(hop.Rule.Actions);
}
