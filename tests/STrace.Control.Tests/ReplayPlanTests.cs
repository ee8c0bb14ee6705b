using STrace.OpenFlow;

namespace STrace.Control.Tests;

/// <summary>Host A on port 1 of switch 1, host B on port 1 of switch 2, the switches linked by their ports 3.</summary>
public sealed class ReplayPlanTests
{
    private static readonly MacAddress A = MacAddress.Parse("00:00:00:00:00:0a");
    private static readonly MacAddress B = MacAddress.Parse("00:00:00:00:00:0b");
    private static readonly Ipv4Address IpA = Ipv4Address.Parse("10.0.0.1");
    private static readonly Ipv4Address IpB = Ipv4Address.Parse("10.0.0.2");
    private static readonly byte[] FromA = Frames.Tcp(A, B, IpA, 40000, IpB, 80);

    [Fact]
    public void Build_FrameSeenAtBothSwitches_IsInjectedAtTheFirstAlone()
    {
        var plan = Session()
            .ToSwitch(2, 1, Rule(new Match { DlDst = B }, 3))
            .ToSwitch(2, 2, Rule(new Match { DlDst = B }, 1))
            .Mirrored(3, 1, FromA)
            .Mirrored(4, 2, FromA)
            .Plan();

        var frame = Assert.Single(plan.Steps.OfType<InjectFrame>());
        Assert.Equal((new SwitchPort(1, 1), 3_000_000), (frame.At, frame.TimeNs));
        Assert.Equal(FromA, frame.Frame.ToArray());
        Assert.Equal(1, plan.Transit);
    }

    [Fact]
    public void Build_OneAddressAtTwoPorts_TheRulesInPortTellsThemApart()
    {
        var plan = Session()
            .ToSwitch(2, 1, Rule(new Match { InPort = 2, DlSrc = A, DlDst = B }, 3))
            .Mirrored(3, 1, FromA)
            .Plan();

        Assert.Equal(new SwitchPort(1, 2), Assert.Single(plan.Steps.OfType<InjectFrame>()).At);
    }

    [Fact]
    public void Build_SeveralRulesWithInPort_TheLearntPortDecides()
    {
        var plan = Session()
            .ToSwitch(2, 1, Rule(new Match { InPort = 2, DlSrc = A, DlDst = B }, 3) with { Priority = 9 })
            .ToSwitch(2, 1, Rule(new Match { InPort = 1, DlSrc = A, DlDst = B }, 3) with { Priority = 8 })
            .Mirrored(3, 1, FromA)
            .Plan();

        Assert.Equal(new SwitchPort(1, 1), Assert.Single(plan.Steps.OfType<InjectFrame>()).At);
    }

    [Fact]
    public void Build_ExactRule_CoversItsFrameByAllTwelveFields()
    {
        var exact = new Match
        {
            InPort = 2,
            DlSrc = A,
            DlDst = B,
            DlVlan = OpenFlowConstants.VlanNone,
            DlVlanPcp = 0,
            DlType = 0x0800,
            NwTos = 0,
            NwProto = 6,
            NwSrc = IpA,
            NwDst = IpB,
            TpSrc = 40000,
            TpDst = 80,
        };
        var plan = Session().ToSwitch(2, 1, Rule(exact, 3)).Mirrored(3, 1, FromA).Plan();
        Assert.Equal(new SwitchPort(1, 2), Assert.Single(plan.Steps.OfType<InjectFrame>()).At);

        var other = Session().ToSwitch(2, 1, Rule(exact with { TpDst = 81 }, 3)).Mirrored(3, 1, FromA).Plan();
        Assert.Equal(new SwitchPort(1, 1), Assert.Single(other.Steps.OfType<InjectFrame>()).At);
    }

    [Fact]
    public void Build_SourceNeverSeen_IsCounted()
    {
        var plan = Session()
            .ToSwitch(2, 1, Rule(Match.Any, 3))
            .Mirrored(3, 1, Frames.Ethernet(MacAddress.Parse("00:00:00:00:00:0c"), B, 0x0800, 1))
            .Plan();

        Assert.Empty(plan.Steps.OfType<InjectFrame>());
        Assert.Equal(1, plan.Unplaced);
    }

    [Fact]
    public void Build_DatastoresClockIsEarly_FrameFollowsTheRuleThatTookIt()
    {
        var plan = Session()
            .Mirrored(1, 1, FromA)
            .ToSwitch(2, 1, Rule(new Match { DlDst = A }, 1))
            .ToSwitch(3, 1, Rule(new Match { DlDst = B }, 3))
            .Plan();

        Assert.Equal([typeof(InstallRule), typeof(InstallRule), typeof(InjectFrame)], plan.Steps.Select(step => step.GetType()));
    }

    [Fact]
    public void Build_FrameWithoutItsRule_IsInjectedAllTheSame()
    {
        var plan = Session().Mirrored(10, 1, FromA).Plan();
        Assert.Single(plan.Steps.OfType<InjectFrame>());
    }

    [Theory]
    [InlineData(1, 900, 1)]
    [InlineData(1, 1100, 2)]
    [InlineData(2, 10, 2)]
    public void Build_PacketOutThroughTheTable_ItsMirroredCopyIsNotInjected(ulong atSwitch, long afterMs, int copies)
    {
        var session = Session()
            .ToSwitch(2, 1, Rule(new Match { DlDst = B }, 3))
            .ToSwitch(3, atSwitch, Out(FromA, PortNumber.Table))
            .Mirrored(3 + afterMs, 1, FromA)
            .Mirrored(4 + afterMs, 1, FromA);
        var plan = session.Plan();

        Assert.Single(plan.Steps.OfType<SendPacket>());
        Assert.Equal(copies, plan.Steps.OfType<InjectFrame>().Count());
        Assert.Equal(2 - copies, plan.SentByController);
    }

    [Fact]
    public void Build_RefusedByXid_IsLeftOut()
    {
        var bad = Rule(new Match { DlDst = A }, 3) with { Xid = 8 };
        var plan = Session()
            .ToSwitch(2, 1, Rule(new Match { DlDst = B }, 3) with { Xid = 7 })
            .ToSwitch(3, 1, bad)
            .ToSwitch(3, 2, bad)
            .FromSwitch(4, 1, new ErrorMessage { Xid = 8, ErrorType = ErrorType.FlowModFailed, Data = OpenFlowCodec.Encode(bad) })
            .FromSwitch(4, 1, new ErrorMessage { Xid = 7, Data = OpenFlowCodec.Encode(new BarrierRequestMessage { Xid = 7 }) })
            .Plan();

        Assert.Equal([(1ul, 7u), (2ul, 8u)], plan.Steps.OfType<InstallRule>().Select(rule => (rule.Dpid, rule.Message.Xid)));
        Assert.Equal(1, plan.Refused);
    }

    [Fact]
    public void Build_BufferIds_AreReplacedByTheBytes()
    {
        var plan = Session()
            .FromSwitch(2, 1, Frames.PacketIn(1, FromA, bufferId: 42))
            .ToSwitch(3, 1, new PacketOutMessage { BufferId = 42, InPort = 1, Actions = [new OutputAction(3)] })
            .Plan();

        var packet = Assert.Single(plan.Steps.OfType<SendPacket>()).Message;
        Assert.Equal((OpenFlowConstants.NoBuffer, (ushort)1), (packet.BufferId, packet.InPort));
        Assert.Equal(FromA, packet.Data.ToArray());
    }

    [Fact]
    public void Build_RuleThatTakesABuffer_IsFollowedByThePacket()
    {
        var plan = Session()
            .FromSwitch(2, 1, Frames.PacketIn(1, FromA, bufferId: 42))
            .ToSwitch(3, 1, Rule(new Match { DlDst = B }, 3) with { BufferId = 42 })
            .Mirrored(4, 1, FromA)
            .Plan();

        Assert.Equal(OpenFlowConstants.NoBuffer, Assert.IsType<InstallRule>(plan.Steps[0]).Message.BufferId);
        var packet = Assert.IsType<SendPacket>(plan.Steps[1]).Message;
        Assert.Equal([new OutputAction(PortNumber.Table)], packet.Actions);
        Assert.Equal(FromA, packet.Data.ToArray());
        Assert.Equal(2, plan.Steps.Count);
    }

    [Fact]
    public void Build_Snapshot_ComesFirstUpToTheFirstFlowMod()
    {
        var flow = new FlowStats
        {
            Match = new Match { DlDst = B },
            Cookie = 5,
            Priority = 6,
            IdleTimeoutSeconds = 7,
            HardTimeoutSeconds = 8,
            Actions = [new OutputAction(3)],
        };
        var plan = Session()
            .ToSwitch(2, 1, Rule(new Match { DlDst = A }, 1))
            .FromSwitch(3, 1, new StatsReplyMessage { Body = new FlowStatsReply { Entries = [flow] } })
            .FromSwitch(4, 2, new StatsReplyMessage { Body = new FlowStatsReply { Entries = [flow] } })
            .Plan();

        var rule = Assert.IsType<InstallRule>(plan.Steps[0]);
        var installed = rule.Message;
        Assert.Equal(2ul, rule.Dpid);
        Assert.Equal(
            (flow.Match, 5ul, 6, 7, 8),
            (installed.Match, installed.Cookie, installed.Priority, installed.IdleTimeoutSeconds, installed.HardTimeoutSeconds));
        Assert.Equal(flow.Actions, installed.Actions);
        Assert.Equal(2, plan.Steps.Count);
    }

    [Fact]
    public void Build_SnapshotsAtBeginningAndEnd_InstallARuleOnce()
    {
        var flow = new FlowStats { Match = new Match { DlDst = B }, Actions = [new OutputAction(3)] };
        var plan = Session()
            .FromSwitch(4, 2, new StatsReplyMessage { Body = new FlowStatsReply { Entries = [flow] } })
            .FromSwitch(9000, 2, new StatsReplyMessage { Body = new FlowStatsReply { Entries = [flow with { DurationSeconds = 9, PacketCount = 7 }] } })
            .Plan();

        Assert.IsType<InstallRule>(Assert.Single(plan.Steps));
    }

    [Fact]
    public void Build_Rules_KeepTimeoutsAndOrderDeletionsToo()
    {
        var add = Rule(new Match { DlDst = B }, 3) with { IdleTimeoutSeconds = 60, HardTimeoutSeconds = 90 };
        var delete = new FlowModMessage { Command = FlowModCommand.Delete };
        var plan = Session().ToSwitch(2, 1, add).ToSwitch(3, 1, delete).ToSwitch(4, 1, add).Plan();

        Assert.Equal(
            [OpenFlowCodec.Encode(add), OpenFlowCodec.Encode(delete), OpenFlowCodec.Encode(add)],
            plan.Steps.OfType<InstallRule>().Select(rule => OpenFlowCodec.Encode(rule.Message)));
    }

    [Fact]
    public void Build_Lldp_IsNotSentAgain()
    {
        var plan = Session().ToSwitch(2, 1, Out(LldpFrame.Write(new SwitchPort(1, 1)), 1)).Plan();
        Assert.Empty(plan.Steps);
    }

    [Fact]
    public void Build_WithoutRewrites_LeavesOutTheRulesAndKeepsTheFrames()
    {
        var rewrite = Rule(new Match { InPort = 2, DlDst = B }, 3);
        rewrite = rewrite with { Actions = [new SetNwDstAction(IpA), .. rewrite.Actions] };
        var plan = Session()
            .ToSwitch(2, 1, rewrite)
            .ToSwitch(2, 2, Rule(Match.Any, 1))
            .Mirrored(3, 1, FromA)
            .Plan(new ReplayPlanOptions { Without = ReplayPlanOptions.Rewrites });

        Assert.Equal(2ul, Assert.Single(plan.Steps.OfType<InstallRule>()).Dpid);
        Assert.Equal(2, Assert.Single(plan.Steps.OfType<InjectFrame>()).Port);
        Assert.Equal(1, plan.Without);
    }

    [Fact]
    public void Build_Topology_HasLinksPortsAndHostsAtTheEdge()
    {
        var topology = Session().Plan().Topology;
        Assert.Equal([new SwitchPort(1, 3), new SwitchPort(2, 3)], topology.LinkPorts.OrderBy(port => port.Dpid));
        Assert.Equal([1, 2, 3], topology.Ports[1].Select(port => (int)port));
        Assert.Equal((new SwitchPort(1, 1), new SwitchPort(2, 1)), (topology.Hosts[A], topology.Hosts[B]));
    }

    private static RecordedSession Session() => new RecordedSession()
        .Switch(1, 1, 2, 3, PortNumber.Local)
        .Switch(2, 1, 2, 3)
        .Link(new SwitchPort(1, 3), new SwitchPort(2, 3))
        .FromSwitch(0, 1, Frames.PacketIn(1, Frames.Ethernet(A, MacAddress.Broadcast, 0x0806)))
        .FromSwitch(0, 2, Frames.PacketIn(3, Frames.Ethernet(A, MacAddress.Broadcast, 0x0806)))
        .FromSwitch(0, 2, Frames.PacketIn(1, Frames.Ethernet(B, A, 0x0806)))
        .FromSwitch(0, 1, Frames.PacketIn(3, Frames.Ethernet(B, A, 0x0806)));

    private static FlowModMessage Rule(Match match, ushort output) => new() { Match = match, Actions = [new OutputAction(output)] };

    private static PacketOutMessage Out(byte[] frame, ushort port) => new() { Actions = [new OutputAction(port)], Data = frame };
}
