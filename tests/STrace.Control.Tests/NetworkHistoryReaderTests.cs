using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class NetworkHistoryReaderTests
{
    private const long Second = 1_000_000_000;

    private static readonly MacAddress ClientMac = MacAddress.Parse("00:00:00:00:00:02");
    private static readonly MacAddress ServerMac = MacAddress.Parse("00:00:00:00:00:04");
    private static readonly Ipv4Address Client = Ipv4Address.Parse("10.0.0.2");
    private static readonly Ipv4Address Server = Ipv4Address.Parse("10.0.0.4");
    private static readonly byte[] Packet = Frames.Tcp(ClientMac, ServerMac, Client, 40000, Server, 80);
    private static readonly FlowTuple Flow = new(6, Endpoint.Parse("10.0.0.2:40000"), Endpoint.Parse("10.0.0.4:80"));

    private readonly List<RecordedControlMessage> _messages = [];

    [Fact]
    public void Read_FlowMod_GivesTheRuleWithItsFieldsAndSteps()
    {
        To(10, 1, new FlowModMessage
        {
            Match = new Match { InPort = 3, DlSrc = ClientMac, DlType = 0x0800, NwProto = 6, NwDst = Server, NwDstPrefixLength = 24, TpDst = 80 },
            Cookie = 7,
            Priority = 200,
            Actions =
            [
                new SetDlDstAction(ServerMac), new SetNwDstAction(Server), new SetTpDstAction(8080), new OutputAction(PortNumber.Flood),
                new OutputAction(2), new EnqueueAction(5, 1),
            ],
        });

        var rule = Assert.Single(Read().Rules);
        Assert.Equal((1ul, 200, 7ul, 10L, (long?)null, (long?)null), (rule.Dpid, rule.Priority, rule.Cookie, rule.InstalledNs, rule.RemovedNs, rule.SureUntilNs));
        Assert.Equal(
            new FlowMatch(
                InPort: 3, DlSrc: 2, DlType: 0x0800, Protocol: 6, Destination: new IpPrefix(IpAddress.Parse("10.0.0.0"), 24), DestinationPort: 80),
            rule.Fields);
        Assert.Equal(
            [
                new(FlowStepKind.SetDlDst, 4), new(FlowStepKind.SetDestination, 0x0a000004), new(FlowStepKind.SetDestinationPort, 8080),
                new(FlowStepKind.Flood), new(FlowStepKind.Output, 2), new FlowStep(FlowStepKind.Output, 5),
            ],
            rule.Steps);
        Assert.Equal("tcp,in_port=3,dl_src=00:00:00:00:00:02,nw_dst=10.0.0.0/24,tp_dst=80", rule.Match);
    }

    [Fact]
    public void Read_HardTimeoutThatIsNotReported_EndsTheRule()
    {
        To(10, 1, Rule(1) with { HardTimeoutSeconds = 2 });
        To(10 * Second, 1, Rule(2));
        Assert.Equal(10 + (2 * Second), Read().Rules[0].RemovedNs);
    }

    [Fact]
    public void Read_HardTimeoutAfterTheRecordsEnd_LeavesTheRule()
    {
        To(10, 1, Rule(1) with { HardTimeoutSeconds = 2 });
        Assert.Null(Assert.Single(Read().Rules).RemovedNs);
    }

    [Fact]
    public void Read_ModifyOfARuleThatTimedOut_IsAnAddThatBeginsAnew()
    {
        To(0, 1, Rule(1) with { HardTimeoutSeconds = 1 });
        To(5 * Second, 1, Rule(1) with { Command = FlowModCommand.Modify, Cookie = 9 });
        Assert.Equal([(1ul, (long?)Second), (9ul, null)], Read().Rules.Select(rule => (rule.Cookie, rule.RemovedNs)));
    }

    [Fact]
    public void Read_Modify_LeavesTheTimeouts()
    {
        To(0, 1, Rule(1) with { HardTimeoutSeconds = 3 });
        To(Second, 1, Rule(1) with { Command = FlowModCommand.Modify, Cookie = 9 });
        To(9 * Second, 1, Rule(2));
        Assert.Equal([Second, 3 * Second], Read().Rules.Where(rule => rule.Fields.InPort == 1).Select(rule => rule.RemovedNs!.Value));
    }

    [Fact]
    public void Read_ReportedTimeout_IsTheTimeOfItsFlowRemoved()
    {
        To(0, 1, Rule(1) with { HardTimeoutSeconds = 1, IdleTimeoutSeconds = 1, Flags = FlowModFlags.SendFlowRemoved });
        From((2 * Second) + 5, 1, new FlowRemovedMessage { Match = new Match { InPort = 1 }, Priority = 100, Cookie = 1 });
        var rule = Assert.Single(Read().Rules);
        Assert.Equal(((long?)(2 * Second) + 5, (long?)null), (rule.RemovedNs, rule.SureUntilNs));
    }

    [Fact]
    public void Read_IdleTimeoutThatIsNotReported_IsSureOnlyForItsTime()
    {
        To(10, 1, Rule(1) with { IdleTimeoutSeconds = 5 });
        var rule = Assert.Single(Read().Rules);
        Assert.Equal(((long?)null, (long?)10 + (5 * Second)), (rule.RemovedNs, rule.SureUntilNs));
    }

    [Fact]
    public void Read_FlowStatisticsOfAnIdleRule_MakeItSureUntilThen()
    {
        To(0, 1, Rule(1) with { IdleTimeoutSeconds = 5 });
        var standing = new FlowStats { Match = new Match { InPort = 1 }, Priority = 100, Cookie = 1, DurationSeconds = 60, IdleTimeoutSeconds = 5 };
        From(60 * Second, 1, new StatsReplyMessage { Body = new FlowStatsReply { Entries = [standing] } });
        Assert.Equal(60 * Second, Assert.Single(Read().Rules).SureUntilNs);
    }

    [Fact]
    public void Read_FlowStatisticsOfTheMirroredRule_LeaveItAsTheControllerSentIt()
    {
        To(0, 1, Rule(1));
        var mirrored = new FlowStats { Match = new Match { InPort = 1 }, Priority = 100, Cookie = 1, DurationSeconds = 60, Actions = [new OutputAction(20), new OutputAction(2)] };
        From(60 * Second, 1, new StatsReplyMessage { Body = new FlowStatsReply { Entries = [mirrored] } });

        Assert.DoesNotContain("20", Assert.Single(Read().Rules).Actions, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Lldp_GivesTheLinkSinceBeforeTheSession()
    {
        Lldp(5, 1, 12, 2, 11);
        var link = Assert.Single(Read().Links);
        Assert.Equal((new NetworkPort(1, 12), new NetworkPort(2, 11), 0L, (long?)null), (link.From, link.To, link.SinceNs, link.UntilNs));
    }

    [Theory]
    [InlineData(1, 12)]
    [InlineData(2, 11)]
    public void Read_PortGoesDownAndUp_EndsTheLinkAndBeginsAnother(ulong dpid, ushort port)
    {
        Lldp(5, 1, 12, 2, 11);
        Status(10, dpid, port, PortState.LinkDown);
        Status(20, dpid, port, PortState.StpListen);
        Lldp(30, 1, 12, 2, 11);
        Assert.Equal([(0L, (long?)10), (20L, null)], Read().Links.Select(link => (link.SinceNs, link.UntilNs)));
    }

    [Fact]
    public void Read_PortThatChangesAndIsNotDown_LeavesTheLink()
    {
        Status(1, 1, 12, PortState.StpForward);
        Lldp(5, 1, 12, 2, 11);
        Status(10, 1, 12, PortState.StpForward);
        Assert.Equal((0L, (long?)null), Read().Links.Select(link => (link.SinceNs, link.UntilNs)).Single());
    }

    [Fact]
    public void Read_LldpFromAnotherPlace_MovesTheLink()
    {
        Lldp(5, 1, 12, 2, 11);
        Lldp(9, 1, 12, 3, 11);
        Assert.Equal([(2ul, 0L, (long?)9), (3ul, 9L, null)], Read().Links.Select(link => (link.To.Dpid, link.SinceNs, link.UntilNs)));
    }

    [Fact]
    public void Read_PacketsFromAHost_GiveItsPlaceOnce()
    {
        From(10, 1, Frames.PacketIn(2, Packet));
        From(20, 1, Frames.PacketIn(2, Packet));
        var host = Assert.Single(Read().Hosts);
        Assert.Equal((2ul, IpAddress.Parse("10.0.0.2"), new NetworkPort(1, 2), 0L), (host.Mac, host.Address, host.At, host.SinceNs));
    }

    [Fact]
    public void Read_PacketsThatCrossedALink_GiveNoPlace()
    {
        From(10, 2, Frames.PacketIn(11, Packet));
        Lldp(20, 1, 12, 2, 11);
        From(30, 2, Frames.PacketIn(11, Packet));
        Assert.Empty(Read().Hosts);
    }

    [Fact]
    public void Read_HostThatMoves_HasTwoPlaces()
    {
        From(10, 1, Frames.PacketIn(2, Packet));
        From(20, 1, Frames.PacketIn(3, Packet));
        Assert.Equal([(2u, 0L), (3u, 20L)], Read().Hosts.Select(host => (host.At.Port, host.SinceNs)));
    }

    [Fact]
    public void Read_ArpReplyOfTheController_TellsTheVirtualAddress()
    {
        var reply = new ArpPacket(ArpPacket.Reply, MacAddress.Parse("02:53:54:c8:c8:c8"), Ipv4Address.Parse("200.200.200.200"), ClientMac, Client);
        To(10, 2, new PacketOutMessage { Actions = [new OutputAction(1)], Data = reply.ToFrame(ClientMac) });
        Assert.Equal(
            new Neighbour(null, IpAddress.Parse("200.200.200.200"), 0x025354c8c8c8, 0), Assert.Single(Read().Neighbours));
    }

    [Fact]
    public void Read_PacketToAnAddress_TellsWhatItsSenderTakesForItsOwner()
    {
        From(10, 1, Frames.PacketIn(2, Packet));
        Assert.Equal(new Neighbour(2, IpAddress.Parse("10.0.0.4"), 4, 0), Assert.Single(Read().Neighbours));
    }

    [Fact]
    public void Read_PacketOutWithThePacketOfAPacketIn_IsItsRelay()
    {
        From(10, 1, Frames.PacketIn(2, Packet));
        To(20, 1, new PacketOutMessage { InPort = 2, Actions = [new OutputAction(PortNumber.Table)], Data = Packet });
        AssertRelay(20, FlowStepKind.Table);
    }

    [Fact]
    public void Read_PacketOutOfABuffer_IsTheRelayOfItsPacketIn()
    {
        From(10, 1, Frames.PacketIn(2, Packet, bufferId: 77));
        To(20, 1, new PacketOutMessage { InPort = 2, BufferId = 77, Actions = [new OutputAction(PortNumber.Flood)] });
        AssertRelay(20, FlowStepKind.Flood);
    }

    [Fact]
    public void Read_FlowModWithABuffer_SendsItsPacketThroughTheTable()
    {
        From(10, 1, Frames.PacketIn(2, Packet, bufferId: 77));
        To(20, 1, Rule(2) with { BufferId = 77 });
        AssertRelay(20, FlowStepKind.Table);
    }

    [Fact]
    public void Read_PacketInWithoutAnswer_IsARelayThatEndsThere()
    {
        From(10, 1, Frames.PacketIn(2, Packet));
        var relay = Assert.Single(Read().Relays);
        Assert.Equal((null, 0), (relay.SentNs, relay.Steps.Count));
    }

    [Fact]
    public void Read_FeaturesOfOpenVSwitch_NameTheSwitch()
    {
        From(1, 2, new FeaturesReplyMessage { DatapathId = 2, Ports = [new() { Number = 1, Name = "eth1" }, new() { Number = PortNumber.Local, Name = "of-sw2" }] });
        Assert.Equal("of-sw2", Read().Switches[2]);
    }

    [Fact]
    public void Read_BrokenMessage_IsPassedOver()
    {
        _messages.Add(new RecordedControlMessage(5, 1, ControlDirection.FromSwitch, new byte[] { 1, 10, 0, 9, 0, 0, 0, 0, 0 }));
        To(10, 1, Rule(1));
        Assert.Single(Read().Rules);
    }

    private void AssertRelay(long sentNs, FlowStepKind step)
    {
        var relay = Assert.Single(Read().Relays);
        Assert.Equal((new NetworkPort(1, 2), Flow, 10L, (long?)sentNs), (relay.At, relay.Flow, relay.ReceivedNs, relay.SentNs));
        Assert.Equal([new FlowStep(step)], relay.Steps);
    }

    private static FlowModMessage Rule(ushort inPort) =>
        new() { Match = new Match { InPort = inPort }, Priority = 100, Cookie = inPort, Actions = [new OutputAction(9)] };

    private void Lldp(long timeNs, ulong fromDpid, ushort fromPort, ulong toDpid, ushort toPort) =>
        From(timeNs, toDpid, Frames.PacketIn(toPort, LldpFrame.Write(new SwitchPort(fromDpid, fromPort))));

    private void Status(long timeNs, ulong dpid, ushort port, PortState state) =>
        From(timeNs, dpid, new PortStatusMessage { Reason = PortStatusReason.Modify, Port = new() { Number = port, State = state } });

    private void To(long timeNs, ulong dpid, OpenFlowMessage message) =>
        _messages.Add(new RecordedControlMessage(timeNs, dpid, ControlDirection.ToSwitch, OpenFlowCodec.Encode(message)));

    private void From(long timeNs, ulong dpid, OpenFlowMessage message) =>
        _messages.Add(new RecordedControlMessage(timeNs, dpid, ControlDirection.FromSwitch, OpenFlowCodec.Encode(message)));

    private NetworkHistory Read() => NetworkHistoryReader.Read(_messages);
}
