using STrace.Model;
using static STrace.Correlation.Tests.NetworkScene;

namespace STrace.Correlation.Tests;

public sealed class NetworkWalkTests
{
    private static readonly FlowTuple Direct = Flow("10.0.0.1:4000", "10.0.0.4:80");
    private static readonly FlowTuple ToVirtual = Flow("10.0.0.1:4000", "200.200.200.200:80");

    [Fact]
    public void Walk_OverALink_GivesSwitchesPortsLinksAndRules()
    {
        NetworkRoute route = Learned().Walk().Walk(Direct, Later);

        Assert.Equal(("s1:1>12 s2:11>1", Direct, null), (Draw(route), route.Arrives, route.Unknown));
        Assert.Equal(["0000000000000001:12->0000000000000002:11", null], route.Hops.Select(h => h.Link?.ToString()));
        Assert.Equal([0ul, 1], route.Hops.Select(h => h.Rule!.Cookie));
        Assert.Equal(["s1", "0000000000000002"], route.Hops.Select(h => h.Switch));
    }

    [Fact]
    public void Walk_ToAVirtualAddress_ArrivesRewritten()
    {
        NetworkRoute route = Translated().Walk().Walk(ToVirtual, Later);
        Assert.Equal(("s1:1>12 s2:11>1", Direct), (Draw(route), route.Arrives));
        Assert.Equal((ToVirtual, Direct), (route.Hops[1].From, route.Hops[1].To));
    }

    [Fact]
    public void Walk_BackFromTheRealAddress_ArrivesAsIfFromTheVirtualOne()
    {
        NetworkRoute route = Translated().Walk().Walk(Direct.Reversed, Later);
        Assert.Equal(("s2:1>11 s1:12>1", ToVirtual.Reversed), (Draw(route), route.Arrives));
    }

    [Fact]
    public void Walk_OverTwoTranslations_ComposesThem()
    {
        // s2 hides h4 behind .200, s3 shows h6 as .201.
        NetworkScene scene = WithLinks().Virtual("200.200.200.201", 0x99)
            .Rule(S2, To("200.200.200.201"), [SetSource("200.200.200.200"), Output(11)])
            .Rule(S1, new FlowMatch(InPort: 12), [Output(13)])
            .Rule(S3, To("200.200.200.201"), [SetDestination("10.0.0.6"), Output(1)])
            .Virtual("200.200.200.200", 0x98)
            .Rule(S3, To("200.200.200.200"), [SetSource("200.200.200.201"), Output(11)])
            .Rule(S1, new FlowMatch(InPort: 13), [Output(12)])
            .Rule(S2, To("200.200.200.200"), [SetDestination("10.0.0.4"), Output(1)]);
        NetworkWalk walk = scene.Walk();

        NetworkRoute there = walk.Walk(Flow("10.0.0.4:5", "200.200.200.201:80"), Later);
        NetworkRoute back = walk.Walk(there.Arrives.Reversed, Later);

        Assert.Equal(("s2:1>11 s1:12>13 s3:11>1", Flow("200.200.200.200:5", "10.0.0.6:80")), (Draw(there), there.Arrives));
        Assert.Equal(("s3:1>11 s1:13>12 s2:11>1", Flow("200.200.200.201:80", "10.0.0.4:5")), (Draw(back), back.Arrives));
    }

    [Fact]
    public void Walk_TwoRulesCover_TheHigherPriorityWins()
    {
        NetworkScene scene = Learned().Rule(S1, To("10.0.0.0", 24), [Output(13)], priority: 200).Rule(S3, new FlowMatch(), [Output(11)]);
        Assert.StartsWith("s1:1>13 s3:11", Draw(scene.Walk().Walk(Direct, Later)), StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_TwoRulesOfOnePriorityCover_SaysThatTheSwitchChose()
    {
        NetworkRoute route = Learned().Rule(S1, To("10.0.0.0", 24), [Output(13)]).Walk().Walk(Direct, Later);
        Assert.Equal("s1:1>?", Draw(route));
        Assert.Contains("same priority, 100", route.Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_FirstPacket_GoesByTheController()
    {
        NetworkRoute route = WithLinks()
            .Relay(S1, 1, Direct, Later + 10, Later + 20, Output(12))
            .Relay(S2, 11, Direct, Later + 30, Later + 40, Output(1))
            .Walk().Walk(Direct, Later);
        Assert.Equal(("s1:1>12 s2:11>1", null), (Draw(route), route.Unknown));
        Assert.All(route.Hops, h => Assert.True(h.ViaController && h.Rule is null));
    }

    [Fact]
    public void Walk_FirstPacketThatTheControllerSendsThroughTheTable_MeetsTheNewRule()
    {
        NetworkRoute route = WithLinks().Virtual("200.200.200.200", 0x99)
            .Rule(S1, new FlowMatch(InPort: 1), [Output(12)])
            .Rule(S2, To("200.200.200.200"), [SetDestination("10.0.0.4"), Output(1)], installedNs: Later + 20)
            .Relay(S2, 11, ToVirtual, Later + 10, Later + 30, new FlowStep(FlowStepKind.Table))
            .Walk().Walk(ToVirtual, Later);
        Assert.Equal(("s1:1>12 s2:11>1", Direct), (Draw(route), route.Arrives));
        Assert.Equal((true, 1ul), (route.Hops[1].ViaController, route.Hops[1].Rule!.Cookie));
    }

    [Fact]
    public void Walk_RuleThatSendsToTheController_GoesOnAsTheControllerSaid()
    {
        NetworkRoute route = Learned().Rule(S1, new FlowMatch(), [new FlowStep(FlowStepKind.Controller)], priority: 300)
            .Relay(S1, 1, Direct, Later + 10, Later + 20, Output(12)).Walk().Walk(Direct, Later);
        Assert.Equal("s1:1>12 s2:11>1", Draw(route));
        Assert.True(route.Hops[0].ViaController);
    }

    [Fact]
    public void Walk_ControllerThatKeepsThePacket_EndsThere()
    {
        NetworkRoute route = WithLinks().Relay(S1, 1, Direct, Later + 10, null).Walk().Walk(Direct, Later);
        Assert.Equal(("s1:1>?", "it came to the controller, which did not send it on"), (Draw(route), route.Unknown));
    }

    [Fact]
    public void Walk_Flood_IsFollowedToTheDestination()
    {
        var flood = new FlowStep(FlowStepKind.Flood);
        NetworkRoute route = WithLinks().Rule(S1, new FlowMatch(), [flood]).Rule(S2, new FlowMatch(), [flood]).Rule(S3, new FlowMatch(), [flood])
            .Walk().Walk(Direct, Later);
        Assert.Equal(("s1:1>12 s2:11>1", null), (Draw(route), route.Unknown));
    }

    [Fact]
    public void Walk_FloodWithSeveralWaysToTheDestination_NamesNone()
    {
        var flood = new FlowStep(FlowStepKind.Flood);
        NetworkRoute route = WithLinks().Link(S2, 13, S3, 12)
            .Rule(S1, new FlowMatch(), [flood]).Rule(S2, new FlowMatch(), [flood]).Rule(S3, new FlowMatch(), [flood])
            .Walk().Walk(Direct, Later);
        Assert.Equal("s1:1>?", Draw(route));
        Assert.Contains("several of them lead to its destination", route.Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_Normal_IsFollowedAndDoubted()
    {
        NetworkRoute route = Learned().Rule(S1, new FlowMatch(), [new FlowStep(FlowStepKind.Normal)], priority: 300).Walk().Walk(Direct, Later);
        Assert.Equal("s1:1>12 s2:11>1", Draw(route));
        Assert.Contains("NORMAL", route.Hops[0].Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_Hairpin_LeavesWhereItEntered()
    {
        NetworkRoute route = WithLinks().Virtual("200.200.200.200", 0x99)
            .Rule(S1, new FlowMatch(InPort: 1), [SetDestination("10.0.0.1"), new FlowStep(FlowStepKind.OutputInPort)]).Walk().Walk(ToVirtual, Later);
        Assert.Equal(("s1:1>1", null), (Draw(route), route.Unknown));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(1ul)] // where it entered: OpenFlow asks for IN_PORT
    public void Walk_RuleThatSendsNowhere_Drops(ulong? port)
    {
        NetworkRoute route = WithLinks().Rule(S1, new FlowMatch(), port is { } p ? [Output(p)] : []).Walk().Walk(Direct, Later);
        Assert.Equal(("s1:1>?", "the rule drops it"), (Draw(route), route.Unknown));
    }

    [Fact]
    public void Walk_MirrorBesideTheForwarding_IsNotFollowed()
    {
        NetworkRoute route = Learned().Rule(S2, new FlowMatch(), [Output(20), Output(1)], priority: 300).Walk().Walk(Direct, Later);
        Assert.Equal("s1:1>12 s2:11>1", Draw(route));
    }

    [Fact]
    public void Walk_LinkThatWasDown_EndsBeforeIt()
    {
        NetworkScene scene = Rules(new NetworkScene().Link(S1, 12, S2, 11, untilNs: Later).Link(S1, 12, S2, 11, sinceNs: Later + 100));
        NetworkWalk walk = scene.Walk();
        Assert.Equal("the link at port 12 of s1 was down", walk.Walk(Direct, Later + 50).Unknown);
        Assert.Null(walk.Walk(Direct, Later - 1).Unknown);
        Assert.Null(walk.Walk(Direct, Later + 100).Unknown);
    }

    [Fact]
    public void Walk_RuleThatTimedOut_IsNotUsed()
    {
        NetworkWalk walk = WithLinks().Rule(S1, new FlowMatch(InPort: 1), [Output(2)], removedNs: Later).Walk();
        Assert.Null(walk.Walk(Direct, Later - 1).Unknown);
        NetworkRoute after = walk.Walk(Direct, Later);
        Assert.Equal("s1:1>?", Draw(after));
        Assert.StartsWith("no rule is recorded at s1", after.Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_RuleThatMayHaveTimedOut_IsDoubted()
    {
        NetworkWalk walk = WithLinks().Rule(S1, new FlowMatch(), [Output(2)], sureUntilNs: Later).Walk();
        Assert.Null(walk.Walk(Direct, Later).Hops[0].Doubt);
        Assert.Equal("the rule may have timed out before", walk.Walk(Direct, Later + 1).Hops[0].Doubt);
    }

    [Fact]
    public void Walk_PacketThatCameToTheController_ProvesThatTheRuleHadTimedOut()
    {
        NetworkRoute route = WithLinks().Rule(S1, new FlowMatch(), [Output(2)], sureUntilNs: Later)
            .Relay(S1, 1, Direct, Later + 10, Later + 20, Output(12)).Relay(S2, 11, Direct, Later + 30, Later + 40, Output(1))
            .Walk().Walk(Direct, Later + 1);
        Assert.Equal("s1:1>12 s2:11>1", Draw(route));
    }

    [Fact]
    public void Walk_RuleThatCameWhileThePacketWasOnItsWay_TookIt() =>
        Assert.Equal("s1:1>12 s2:11>1", Draw(Learned().Walk().Walk(Direct, Installed - 1_000_000)));

    [Fact]
    public void Walk_PacketThatCameToTheControllerAfterANewRule_WentByTheController()
    {
        NetworkRoute route = Learned().Relay(S1, 1, Direct, Installed + 20, Installed + 30, Output(12)).Walk().Walk(Direct, Installed + 10);
        Assert.True(route.Hops[0].ViaController);
    }

    [Fact]
    public void Walk_NewRuleOverAnother_IsDoubted()
    {
        NetworkRoute route = ReplacedAtOnce().Walk(ToVirtual, Later + 1);
        Assert.Equal(Flow("10.0.0.1:4000", "10.0.0.4:80"), route.Arrives);
        Assert.Contains("the rule was new", route.Hops[1].Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void Walk_NewRuleOverAnother_WhatWasReceivedDecides()
    {
        NetworkRoute route = ReplacedAtOnce().Walk(ToVirtual, Later + 1, received: ToVirtual);
        Assert.Equal((ToVirtual, null), (route.Arrives, route.Unknown));
    }

    [Fact]
    public void Walk_ReceivedAsSomethingElse_IsNoRoute() => Assert.Equal(
        "it was received as 10.0.0.9:9->10.0.0.4:80, where the recorded rules do not lead",
        Learned().Walk().Walk(Direct, Later, Flow("10.0.0.9:9", "10.0.0.4:80")).Unknown);

    [Fact]
    public void Walk_Loop_Ends()
    {
        NetworkRoute route = WithLinks().Rule(S1, new FlowMatch(InPort: 1), [Output(12)])
            .Rule(S2, new FlowMatch(), [new FlowStep(FlowStepKind.OutputInPort)])
            .Rule(S1, new FlowMatch(InPort: 12), [new FlowStep(FlowStepKind.OutputInPort)]).Walk().Walk(Direct, Later);
        Assert.Equal(("s1:1>12 s2:11>11 s1:12>12", "it comes back to port 11 of 0000000000000002 as it was: a loop"), (Draw(route), route.Unknown));
    }

    [Fact]
    public void Walk_HostThatIsNotKnown_SaysSo()
    {
        NetworkWalk walk = Learned().Walk();
        Assert.Equal("where 10.0.0.99 is in the network is not recorded", walk.Walk(Flow("10.0.0.99:1", "10.0.0.4:80"), Later).Unknown);
        Assert.Equal("the Ethernet address for 10.0.0.99 is not recorded", walk.Walk(Flow("10.0.0.1:1", "10.0.0.99:80"), Later).Unknown);
    }

    [Fact]
    public void Walk_AddressThatOnlyOthersSentTo_IsTheirs() => Assert.Null(
        WithLinks().Virtual("200.200.200.200", 0x99, sender: 2).Rule(S1, new FlowMatch(DlDst: 0x99), [Output(2)]).Walk().Walk(ToVirtual, Later).Unknown);

    [Fact]
    public void Walk_AddressThatOthersSentToDifferently_IsNotGuessed() => Assert.StartsWith(
        "the Ethernet address for 200.200.200.200",
        WithLinks().Virtual("200.200.200.200", 0x99, sender: 2).Virtual("200.200.200.200", 0x98, sender: 4).Walk().Walk(ToVirtual, Later).Unknown,
        StringComparison.Ordinal);

    [Fact]
    public void Walk_SeveralSwitchesWithoutLinks_SaysThatTheyAreMissing() =>
        Assert.Equal("no links between the switches are recorded", Rules(new NetworkScene()).Walk().Walk(Direct, Later).Unknown);

    [Fact]
    public void Walk_SameAddressesAgain_IsTheSameRouteUntilARuleChanges()
    {
        NetworkWalk walk = Learned().Rule(S2, new FlowMatch(), [], priority: 300, installedNs: Later + 100).Walk();
        NetworkRoute first = walk.Walk(Direct, Later);
        Assert.Same(first, walk.Walk(Direct, Later + 99));
        Assert.NotSame(first, walk.Walk(Direct, Later + 100));
    }

    [Fact]
    public void Walk_OutOfOrder_AnswersEachTime()
    {
        NetworkWalk walk = Learned().Rule(S2, new FlowMatch(), [], priority: 300, installedNs: Later).Walk();
        Assert.NotNull(walk.Walk(Direct, Later + 1).Unknown);
        Assert.Null(walk.Walk(Direct, Later - 1).Unknown);
    }

    /// <summary>Rules by Ethernet addresses between h1 and h4, as a learning switch makes them.</summary>
    private static NetworkScene Learned() => Rules(WithLinks());

    private static NetworkScene Rules(NetworkScene scene) => scene
        .Rule(S1, new FlowMatch(InPort: 1, DlSrc: 1, DlDst: 4), [Output(12)]).Rule(S2, new FlowMatch(InPort: 11, DlSrc: 1, DlDst: 4), [Output(1)]);

    /// <summary>200.200.200.200 is h4, by s2.</summary>
    private static NetworkScene Translated() => WithLinks().Virtual("200.200.200.200", 0x99)
        .Rule(S1, new FlowMatch(DlDst: 0x99), [Output(12)])
        .Rule(S1, new FlowMatch(DlSrc: 0x99), [Output(1)])
        .Rule(S2, To("200.200.200.200"), [new FlowStep(FlowStepKind.SetDlDst, 4), SetDestination("10.0.0.4"), Output(1)])
        .Rule(S2, To("10.0.0.1"), [new FlowStep(FlowStepKind.SetDlSrc, 0x99), SetSource("200.200.200.200"), Output(11)]);

    /// <summary>A rule of s2 that leaves addresses alone, over which one that translates is sent.</summary>
    private static NetworkWalk ReplacedAtOnce() => WithLinks().Virtual("200.200.200.200", 4)
        .Rule(S1, new FlowMatch(InPort: 1), [Output(12)])
        .Rule(S2, new FlowMatch(InPort: 11), [Output(1)])
        .Rule(S2, To("200.200.200.200"), [SetDestination("10.0.0.4"), Output(1)], priority: 200, installedNs: Later).Walk();
}
