using STrace.OpenFlow;

namespace STrace.Control.Tests;

/// <summary>
/// Switches 1, 2 and 3 in a row: hosts on ports 1 and 2 of each, port 3 leads to the next, port 4 to the one before.
/// </summary>
public sealed class TableWalkTests
{
    private static readonly SwitchPort Client = new(1, 1);
    private static readonly Match Sent = FrameMatch.Of(NatScene.Segment(8080))!;
    private static readonly MacAddress OtherMac = MacAddress.Parse("00:00:00:00:00:07");

    private readonly PlanTables _tables = new();

    [Fact]
    public void Enter_NoRule_GoesToTheController()
    {
        var way = Enter();

        Assert.Equal((WayHopKind.NoRule, (TableRule?)null), (Assert.Single(way.Hops).Kind, way.Hops[0].Rule));
        Assert.Empty(way.Outputs);
        Assert.Null(way.Unknown);
    }

    [Fact]
    public void Enter_RulesOnThreeSwitches_IsFollowedOverTheLinks()
    {
        Rule(1, Match.Any, 1, new OutputAction(3));
        Rule(2, Match.Any, 1, new OutputAction(3));
        Rule(3, Match.Any, 1, new OutputAction(2));
        var way = Enter();

        Assert.Equal([Client, new SwitchPort(2, 4), new SwitchPort(3, 4)], way.Hops.Select(hop => hop.At));
        Assert.Equal([-1, 0, 1], way.Hops.Select(hop => hop.Previous));
        Assert.Equal(new WayOutput(2, new SwitchPort(3, 2), Sent, Flooded: false), Assert.Single(way.Outputs));
        Assert.Equal(way.Hops, way.To(2));
    }

    [Fact]
    public void Enter_RewrittenByEachSwitch_ChangesCompose()
    {
        var second = Ipv4Address.Parse("10.9.9.9");
        Rule(1, new Match { DlType = 0x0800, NwDst = NatScene.Virtual }, 1, new SetNwDstAction(second), new OutputAction(3));
        Rule(2, new Match { DlType = 0x0800, NwDst = second }, 1, new SetTpDstAction(80), new SetDlDstAction(OtherMac), new OutputAction(3));
        Rule(3, new Match { DlType = 0x0800, NwProto = 6, TpDst = 80 }, 1, new SetNwDstAction(NatScene.Server), new SetNwSrcAction(second), new OutputAction(1));
        var way = Enter();

        var output = Assert.Single(way.Outputs);
        Assert.Equal(Sent with { NwDst = NatScene.Server, NwSrc = second, TpDst = 80, DlDst = OtherMac }, output.Headers);
        Assert.Equal([true, true, true], way.Hops.Select(hop => hop.Changed));
        Assert.Equal([Sent, Sent with { NwDst = second }], way.Hops.Take(2).Select(hop => hop.Headers));
    }

    [Fact]
    public void Enter_SeveralRules_TheHighestPriorityTakesIt()
    {
        Rule(1, Match.Any, 1, new OutputAction(1));
        Rule(1, new Match { DlType = 0x0800, NwDst = Ipv4Address.Parse("200.200.0.0"), NwDstPrefixLength = 16 }, 7, new OutputAction(2));
        Rule(1, new Match { DlType = 0x0800, NwDst = NatScene.Server }, 9, new OutputAction(3));

        Assert.Equal(new SwitchPort(1, 2), Assert.Single(Enter().Outputs).At);
    }

    [Fact]
    public void Enter_RuleForAnotherPort_IsPassedOver()
    {
        Rule(1, new Match { InPort = 2 }, 9, new OutputAction(3));

        Assert.Equal(WayHopKind.NoRule, Assert.Single(Enter().Hops).Kind);
    }

    [Fact]
    public void Enter_EqualPrioritiesThatDiffer_IsUnknown()
    {
        Rule(1, new Match { InPort = 1 }, 5, new OutputAction(2));
        Rule(1, new Match { DlType = 0x0800 }, 5, new OutputAction(3));

        Assert.Contains("several rules of priority 5", Enter().Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Enter_EqualPrioritiesThatDoTheSame_IsKnown()
    {
        Rule(1, new Match { InPort = 1 }, 5, new OutputAction(2));
        Rule(1, new Match { DlType = 0x0800 }, 5, new OutputAction(2));

        Assert.Null(Enter().Unknown);
    }

    [Fact]
    public void Enter_SeveralOutputs_EachTakesTheHeadersAsTheyAreByThen()
    {
        Rule(1, Match.Any, 1, new OutputAction(2), new SetTpDstAction(80), new OutputAction(3));
        Rule(2, Match.Any, 1, new OutputAction(1));

        Assert.Equal(
            [(new SwitchPort(1, 2), Sent), (new SwitchPort(2, 1), Sent with { TpDst = 80 })],
            Enter().Outputs.Select(output => (output.At, output.Headers)));
    }

    [Fact]
    public void Enter_OutputToWhereItCameFrom_GoesNowhere()
    {
        Rule(1, Match.Any, 1, new OutputAction(1));

        Assert.Equal(WayHopKind.Dropped, Assert.Single(Enter().Hops).Kind);
    }

    [Fact]
    public void Enter_InPort_GoesBack()
    {
        Rule(1, Match.Any, 1, new OutputAction(PortNumber.InPort));

        Assert.Equal(Client, Assert.Single(Enter().Outputs).At);
    }

    [Theory]
    [InlineData(PortNumber.Flood)]
    [InlineData(PortNumber.All)]
    public void Enter_Flood_LeavesByAllPortsButItsOwn(ushort port)
    {
        Rule(1, Match.Any, 1, new OutputAction(port));
        Rule(2, Match.Any, 1, new OutputAction(2));
        var way = Enter();

        Assert.Equal([new SwitchPort(1, 2), new SwitchPort(2, 2)], way.Outputs.Select(output => output.At));
        Assert.All(way.Outputs, output => Assert.True(output.Flooded));
    }

    [Fact]
    public void Enter_Normal_IsUnknown()
    {
        Rule(1, Match.Any, 1, new OutputAction(PortNumber.Normal));

        Assert.Contains("NORMAL", Enter().Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Enter_Controller_EndsThere()
    {
        Rule(1, Match.Any, 1, new OutputAction(PortNumber.Controller));

        Assert.Equal(WayHopKind.ToController, Assert.Single(Enter().Hops).Kind);
        Assert.Null(Enter().Unknown);
    }

    [Fact]
    public void Enter_Enqueue_IsAnOutput()
    {
        Rule(1, Match.Any, 1, new EnqueueAction(2, 7));

        Assert.Equal(new SwitchPort(1, 2), Assert.Single(Enter().Outputs).At);
    }

    [Fact]
    public void Enter_NoActions_IsDropped()
    {
        Rule(1, Match.Any, 1);

        var hop = Assert.Single(Enter().Hops);
        Assert.Equal(WayHopKind.Dropped, hop.Kind);
        Assert.NotNull(hop.Rule);
    }

    [Fact]
    public void Enter_VendorAction_IsUnknownFromThereOn()
    {
        Rule(1, Match.Any, 1, new OutputAction(2), new VendorAction(0xbeef, new byte[8]), new OutputAction(3));
        var way = Enter();

        Assert.NotNull(way.Unknown);
        Assert.Equal(new SwitchPort(1, 2), Assert.Single(way.Outputs).At);
    }

    [Fact]
    public void Enter_Loop_IsUnknown()
    {
        Rule(1, Match.Any, 1, new OutputAction(3));
        Rule(2, Match.Any, 1, new OutputAction(PortNumber.InPort));
        Rule(1, new Match { InPort = 3 }, 2, new OutputAction(PortNumber.InPort));

        Assert.Contains("loop", Enter().Unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Enter_AddressesOfNoIp_AreLeftAlone()
    {
        var arp = FrameMatch.Of(Frames.Ethernet(NatScene.ClientMac, OtherMac, 0x0806))!;
        Rule(1, Match.Any, 1, new SetNwDstAction(NatScene.Server), new SetTpDstAction(80), new OutputAction(2));

        Assert.Equal(arp, Assert.Single(Enter(arp).Outputs).Headers);
    }

    [Fact]
    public void Enter_Vlan_IsSetAndStripped()
    {
        Rule(1, Match.Any, 1, new SetVlanVidAction(5), new OutputAction(2), new SetVlanPcpAction(3), new OutputAction(2), new StripVlanAction(), new OutputAction(2));

        Assert.Equal(
            [Sent with { DlVlan = 5, DlVlanPcp = 0 }, Sent with { DlVlan = 5, DlVlanPcp = 3 }, Sent],
            Enter().Outputs.Select(output => output.Headers));
    }

    [Fact]
    public void Send_ThroughTheTable_MeetsTheRules()
    {
        Rule(1, Match.Any, 1, new SetTpDstAction(80), new OutputAction(2));
        var way = new TableWalk(_tables, Topology()).Send(
            1, new PacketOutMessage { InPort = 1, Actions = [new OutputAction(PortNumber.Table)] }, Sent);

        Assert.Equal((new SwitchPort(1, 2), Sent with { TpDst = 80 }), (Assert.Single(way.Outputs).At, way.Outputs[0].Headers));
    }

    [Fact]
    public void Send_Flooded_LeavesByAllPorts()
    {
        var way = new TableWalk(_tables, Topology()).Send(
            3, new PacketOutMessage { Actions = [new OutputAction(PortNumber.Flood)] }, Sent);

        Assert.Equal([new SwitchPort(3, 1), new SwitchPort(3, 2), new SwitchPort(3, 3)], way.Outputs.Select(output => output.At));
    }

    private static RecordedTopology Topology() => new RecordedSession()
        .Switch(1, 1, 2, 3).Switch(2, 1, 2, 3, 4).Switch(3, 1, 2, 3, 4)
        .Link(new SwitchPort(1, 3), new SwitchPort(2, 4))
        .Link(new SwitchPort(2, 3), new SwitchPort(3, 4))
        .Plan().Topology;

    private TableWay Enter(Match? headers = null) => new TableWalk(_tables, Topology()).Enter(Client, headers ?? Sent);

    private void Rule(ulong dpid, Match match, ushort priority, params OpenFlowAction[] actions) =>
        _tables.Apply(new InstallRule(0, dpid, new FlowModMessage { Match = match, Priority = priority, Actions = actions }));
}
