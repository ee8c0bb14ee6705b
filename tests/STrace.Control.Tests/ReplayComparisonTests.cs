using System.Buffers.Binary;
using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control.Tests;

/// <summary>
/// Client on port 1 of switch 1, server on port 1 of switch 2, the switches linked by their ports 3. Switch 1 sends all that the client
/// sends to switch 2, which translates the virtual address and gives it to the server.
/// </summary>
public sealed class ReplayComparisonTests
{
    private static readonly SwitchPort AtServer = new(2, 1);
    private static readonly SwitchPort Elsewhere = new(2, 2);
    private static readonly byte[] Sent = NatScene.Segment(8080);
    private static readonly byte[] Translated =
        Frames.Tcp(NatScene.ClientMac, NatScene.ServerMac, NatScene.Client, 40000, NatScene.Server, 80);
    private static readonly FlowModMessage Forward = new() { Xid = 1, Cookie = 0x11, Priority = 5, Actions = [new OutputAction(3)] };
    private static readonly FlowModMessage Translate = new()
    {
        Xid = 2,
        Cookie = 0x22,
        Priority = 100,
        Match = new Match { DlType = 0x0800, NwDst = NatScene.Virtual },
        Actions = [new SetDlDstAction(NatScene.ServerMac), new SetNwDstAction(NatScene.Server), new SetTpDstAction(80), new OutputAction(1)],
    };
    private const string Flow = "tcp 10.0.0.2:40000->200.200.200.200:8080";

    [Fact]
    public void Compare_TranslatedOnTheWay_IsDeliveredAndTellsTheRule()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [Out(AtServer, Translated)]);

        Assert.Equal([new FlowOutcome(Flow, 1) { Delivered = 1, Rewritten = 1 }], comparison.Flows);
        var rewrite = Assert.Single(comparison.Rewritten);
        var client = Endpoint.Parse("10.0.0.2:40000");
        Assert.Equal(
            (new FlowTuple(6, client, Endpoint.Parse("200.200.200.200:8080")), new FlowTuple(6, client, Endpoint.Parse("10.0.0.4:80")), AtServer, 1),
            (rewrite.From, rewrite.To, rewrite.At, rewrite.Frames));
        var rule = Assert.Single(rewrite.By);
        Assert.Equal((2UL, (ushort)3, 0x22UL, (ushort)100, true), (rule.Dpid, rule.InPort, rule.Cookie, rule.Priority, rule.Rewrites));
        Assert.Null(comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_SegmentsApartBySequenceNumber_AreNotMixedUp()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent, Sequence(Sent, 9)), [Out(AtServer, Sequence(Translated, 9))]);

        Assert.Equal((2, 1, 1, 0), (comparison.Sent, comparison.Delivered, comparison.Dropped, comparison.Unexpected));
    }

    [Fact]
    public void Compare_NotSent_IsUnexpectedAndNoDivergence()
    {
        var comparison = ReplayComparison.Compare(Plan(), [Out(AtServer, Translated)]);

        Assert.Equal([new FlowOutcome("tcp 10.0.0.2:40000->10.0.0.4:80", 0) { Unexpected = 1 }], comparison.Flows);
        Assert.Null(comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_Lost_IsDroppedAndExplained()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent, Sequence(Sent, 5)), [Out(AtServer, Translated)]);

        Assert.Equal(1, comparison.Dropped);
        var first = comparison.First!;
        Assert.Equal((Flow, 2, PacketVerdict.Dropped), (first.Packet.Flow, first.Packet.Index, first.Packet.Verdict));
        Assert.Contains("cookie=0x22 priority=100", first.Recorded, StringComparison.Ordinal);
        Assert.EndsWith("it did not come out", first.Replayed, StringComparison.Ordinal);
        Assert.StartsWith("it was lost on its way by 0000000000000001:1, 0000000000000002:3 and out at 0000000000000002:1", first.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_Elsewhere_Diverges()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [Out(Elsewhere, Translated)]);

        Assert.Equal((0, 1), (comparison.Delivered, comparison.Diverged));
        Assert.Equal(
            "came out at 0000000000000002:2 as tcp 10.0.0.2:40000->10.0.0.4:80; did not come out at 0000000000000002:1",
            comparison.First!.Packet.Why);
    }

    [Fact]
    public void Compare_OtherHeaders_DivergesAndTellsTheField()
    {
        var other = Frames.Tcp(NatScene.ClientMac, NatScene.ServerMac, NatScene.Client, 40000, NatScene.Server, 81);
        var comparison = ReplayComparison.Compare(Plan(Sent), [Out(AtServer, other)]);

        Assert.Equal("came out at 0000000000000002:1 with tp_dst 81, not 80", comparison.First!.Packet.Why);
    }

    [Fact]
    public void Compare_OnceMoreThanRecorded_Diverges()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [Out(AtServer, Translated), Out(AtServer, Translated)]);

        Assert.Equal((1, "came out once more at 0000000000000002:1"), (comparison.Diverged, comparison.First!.Packet.Why));
    }

    [Fact]
    public void Compare_IdenticalFrames_AreCounted()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent, Sent, Sent), [Out(AtServer, Translated), Out(AtServer, Translated)]);

        Assert.Equal((3, 2, 1), (comparison.Sent, comparison.Delivered, comparison.Dropped));
    }

    [Fact]
    public void Compare_OvertakenAtTheSamePort_IsReorderedAndNoDivergence()
    {
        var comparison = ReplayComparison.Compare(
            Plan(Sent, Sequence(Sent, 9)), [Out(AtServer, Sequence(Translated, 9)), Out(AtServer, Translated)]);

        Assert.Equal((2, 1), (comparison.Delivered, comparison.Reordered));
        Assert.Null(comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_LaterThanTheBound_Diverges()
    {
        var plan = Plan(Sent);
        var done = plan.Steps.Select(step => step is InjectFrame ? 1_000_000_000L : 0).ToList();
        var late = new ReceivedFrame(AtServer, 4_000_000_000, Translated);
        var comparison = ReplayComparison.Compare(plan, [late], new ReplayEvidence { DoneNs = done });

        Assert.Equal((1, "came out 3000 ms after it was sent"), (comparison.Diverged, comparison.First!.Packet.Why));
    }

    [Fact]
    public void Compare_NoReceiverAtThePort_IsUnknown()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [], new ReplayEvidence { HasReceiver = port => port != AtServer });

        Assert.Equal((0, 1), (comparison.Dropped, comparison.Unknown));
        Assert.Null(comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_RecordedTablesHaveNoRuleForIt_IsUnknownWhenLost()
    {
        var comparison = ReplayComparison.Compare(Session().Mirrored(9, 1, Sent).Plan(), []);

        Assert.Equal((0, 1), (comparison.Dropped, comparison.Unknown));
        Assert.Null(comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_RecordedTablesHaveNoRuleForIt_IsDeliveredWhereItsReceiverIs()
    {
        var comparison = ReplayComparison.Compare(Session().Mirrored(9, 1, Sent).Plan(), [Out(AtServer, Translated)]);

        Assert.Equal((1, 0), (comparison.Delivered, comparison.Unknown));
    }

    [Theory]
    [InlineData(true, RecordEvidence.Mirror)]
    [InlineData(false, RecordEvidence.Topology)]
    public void Compare_CopyAtTheLastSwitch_IsTheEvidence(bool isMirrored, RecordEvidence evidence)
    {
        var session = WithRules().Mirrored(9, 1, Sent);
        if (isMirrored)
            session.Mirrored(10, 2, Sent);
        var comparison = ReplayComparison.Compare(session.Plan(), [Out(AtServer, Translated)]);

        Assert.Equal(evidence, Assert.Single(comparison.Packets).Evidence);
    }

    [Fact]
    public void Compare_SeenByTheReceiversSniffer_IsTheEvidence()
    {
        var seen = new CapturedPacket("h4", 5, false, FrameIdentity.Flow(Translated)!.Value, TcpMarks.None, 0, 0, 0, 0);
        var comparison = ReplayComparison.Compare(Plan(Sent), [], new ReplayEvidence { Sniffed = [seen] });

        Assert.Equal(RecordEvidence.Sniffer, comparison.First!.Packet.Evidence);
    }

    [Fact]
    public void Compare_NextDatastoreHasNoCopy_IsUnknownWhenLost()
    {
        var session = WithRules().Mirrored(9, 1, Sent).Mirrored(9, 1, Sequence(Sent, 7)).Mirrored(10, 2, Sequence(Sent, 7));
        var comparison = ReplayComparison.Compare(session.Plan(), [Out(AtServer, Sequence(Translated, 7))]);

        Assert.Equal((1, 1, 0), (comparison.Delivered, comparison.Unknown, comparison.Dropped));
    }

    [Fact]
    public void Compare_RuleLeftOut_IsNamedAsTheCause()
    {
        var session = WithRules().Mirrored(9, 1, Sent);
        var plan = session.Plan(new ReplayPlanOptions { Without = ReplayPlanOptions.Rewrites });
        var comparison = ReplayComparison.Compare(plan, [], new ReplayEvidence { Original = session.Plan() });

        var first = comparison.First!;
        Assert.Equal((0x22UL, (RuleOnWay?)null), (first.RecordedRule!.Cookie, first.ReplayedRule));
        Assert.Equal("the rule is missing at switch 0000000000000002: the replay never sent it", first.Cause);
    }

    [Fact]
    public void Compare_RuleRefused_NamesTheError()
    {
        var error = new ReplayError(2, Translate.Xid, "FlowModFailed", "OFPFMFC_ALL_TABLES_FULL");
        var comparison = ReplayComparison.Compare(Plan(Sent), [], new ReplayEvidence { Errors = [error] });

        Assert.Equal("switch 0000000000000002 refused the rule with ERROR FlowModFailed OFPFMFC_ALL_TABLES_FULL", comparison.First!.Cause);
    }

    [Fact]
    public void Compare_RuleWithOtherActions_NamesBoth()
    {
        var comparison = Changed(rule => rule with { Actions = [new OutputAction(2)] }, Out(Elsewhere, Sent));

        Assert.Equal("the rule at switch 0000000000000002 has other actions in the replay", comparison.First!.Cause);
        Assert.Equal("output:2", comparison.First.ReplayedRule!.Actions);
    }

    [Fact]
    public void Compare_StrongerRule_IsTheCause()
    {
        var original = Plan(Sent);
        var stronger = new InstallRule(1, 2, new FlowModMessage { Cookie = 0x33, Priority = 200 });
        var plan = original with { Steps = [stronger, .. original.Steps] };
        var comparison = ReplayComparison.Compare(plan, [], new ReplayEvidence { Original = original });

        Assert.Equal(0x33UL, comparison.First!.ReplayedRule!.Cookie);
        Assert.Equal("another rule at switch 0000000000000002, of higher priority, took it first", comparison.First.Cause);
    }

    [Fact]
    public void Compare_SentBeforeItsRule_IsTheCause()
    {
        var original = Plan(Sent);
        var rule = original.Steps.OfType<InstallRule>().Single(step => step.Dpid == 2);
        var plan = original with { Steps = [.. original.Steps.Where(step => step != rule), rule] };
        var comparison = ReplayComparison.Compare(plan, [], new ReplayEvidence { Original = original });

        Assert.Equal("it was sent before its rule at switch 0000000000000002 was installed", comparison.First!.Cause);
    }

    [Fact]
    public void Compare_UnsynchronisedAndLost_SaysSo()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [], new ReplayEvidence { Synchronised = false });

        Assert.StartsWith("packets did not wait for the rules before them", comparison.First!.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_PassedOnByTheController_IsOnePacketAndFloodedCopiesAreNone()
    {
        var session = Session()
            .ToSwitch(1, 1, new PacketOutMessage { Actions = [new OutputAction(3)], Data = Sent })
            .ToSwitch(2, 2, new PacketOutMessage { Actions = [new OutputAction(PortNumber.Flood)], Data = Sent });
        var comparison = ReplayComparison.Compare(session.Plan(), [Out(AtServer, Sent), Out(Elsewhere, Sent)]);

        Assert.Equal((1, 1, 0, 0), (comparison.Sent, comparison.Delivered, comparison.Dropped, comparison.Unexpected));
        Assert.Empty(comparison.Rewritten);
    }

    [Fact]
    public void Compare_KeptByTheRecordedController_IsAbsorbedAndNotDropped()
    {
        var session = Session()
            .FromSwitch(1, 1, Frames.PacketIn(1, Sent))
            .ToSwitch(2, 1, new PacketOutMessage { Actions = [new OutputAction(3)], Data = Sent })
            .FromSwitch(3, 2, Frames.PacketIn(3, Sent));
        var comparison = ReplayComparison.Compare(session.Plan(), []);

        Assert.Equal((1, 0, 1, 0), (comparison.Sent, comparison.Delivered, comparison.Absorbed, comparison.Dropped));
        Assert.Null(comparison.FirstDivergence);
    }

    [Fact]
    public void Compare_PaddedOnTheWay_IsTheSamePacket()
    {
        var comparison = ReplayComparison.Compare(Plan(Sent), [Out(AtServer, [.. Translated, 0, 0, 0])]);
        Assert.Equal(1, comparison.Delivered);
    }

    [Fact]
    public void Compare_Details_AreTheFirstOfEachKindAndTotalsAreWhole()
    {
        byte[][] frames = [.. Enumerable.Range(1, 6).Select(number => Sequence(Sent, (uint)number))];
        var received = Enumerable.Range(1, 3).Select(number => Out(AtServer, Sequence(Translated, (uint)number)));
        var comparison = ReplayComparison.Compare(Plan(frames), received, new ReplayEvidence { Details = 1 });

        Assert.Equal((3, 3), (comparison.Delivered, comparison.Dropped));
        Assert.Equal([(1, PacketVerdict.Delivered), (4, PacketVerdict.Dropped)], comparison.Packets.Select(packet => (packet.Index, packet.Verdict)));
    }

    [Fact]
    public void Compare_OneHundredThousandPackets_AreAllCounted()
    {
        const int count = 100_000;
        byte[][] frames = [.. Enumerable.Range(0, count).Select(number => Sequence(Sent, (uint)number))];
        var received = Enumerable.Range(0, count).Select(number => Out(AtServer, Sequence(Translated, (uint)number)));
        var comparison = ReplayComparison.Compare(Plan(frames), received);

        Assert.Equal((count, count), (comparison.Sent, comparison.Delivered));
        Assert.InRange(comparison.Packets.Count, 1, 30);
    }

    [Fact]
    public void Compare_ManyIdenticalPacketsThatAllWentElsewhere_AreAllCounted()
    {
        const int count = 20_000;
        var comparison = ReplayComparison.Compare(
            Plan([.. Enumerable.Repeat(Sent, count)]), Enumerable.Repeat(Out(Elsewhere, Translated), count));

        Assert.Equal(count, comparison.Diverged);
    }

    private static RecordedSession Session() => new RecordedSession()
        .Switch(1, 1, 2, 3)
        .Switch(2, 1, 2, 3)
        .Link(new SwitchPort(1, 3), new SwitchPort(2, 3))
        .FromSwitch(0, 1, Frames.PacketIn(1, Frames.Ethernet(NatScene.ClientMac, MacAddress.Broadcast, 0x0806)))
        .FromSwitch(0, 2, Frames.PacketIn(1, Frames.Ethernet(NatScene.ServerMac, MacAddress.Broadcast, 0x0806)));

    private static RecordedSession WithRules() => Session().ToSwitch(1, 1, Forward).ToSwitch(2, 2, Translate);

    private static ReplayPlan Plan(params byte[][] frames)
    {
        var session = WithRules();
        for (var index = 0; index < frames.Length; index++)
            session.Mirrored(index + 3, 1, frames[index]);
        return session.Plan();
    }

    /// <summary>The comparison of a replay in which the translating rule is another.</summary>
    private static ReplayComparison Changed(Func<FlowModMessage, FlowModMessage> change, params ReceivedFrame[] received)
    {
        var original = Plan(Sent);
        var plan = original with
        {
            Steps = [.. original.Steps.Select(step => step is InstallRule { Dpid: 2 } rule ? rule with { Message = change(rule.Message) } : step)],
        };
        return ReplayComparison.Compare(plan, received, new ReplayEvidence { Original = original });
    }

    private static ReceivedFrame Out(SwitchPort at, byte[] frame) => new(at, 0, frame);

    private static byte[] Sequence(byte[] segment, uint number)
    {
        byte[] other = [.. segment];
        BinaryPrimitives.WriteUInt32BigEndian(other.AsSpan(38), number);
        return other;
    }
}
