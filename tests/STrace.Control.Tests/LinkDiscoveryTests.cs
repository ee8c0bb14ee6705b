using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class LinkDiscoveryTests
{
    private static readonly MacAddress A = MacAddress.Parse("00:00:00:00:00:0a");
    private static readonly Ipv4Address Address = Ipv4Address.Parse("10.0.0.10");
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task SwitchUp_EveryPort_SendsLldpButNotToTheDatastore()
    {
        var datastores = new DatastorePorts();
        datastores.Set(1, 2);
        await using var controller = new RunningController(datastores: datastores);
        using var peer = await controller.SwitchAsync();
        await peer.ExpectAsync<PortModMessage>();
        peer.ReadsLldp = true;

        var lldp = await peer.ExpectAsync<PacketOutMessage>();
        Assert.Equal(LldpFrame.Write(new SwitchPort(1, 1)), lldp.Data.ToArray());
        Assert.Equal([new OutputAction(1)], lldp.Actions);
        await peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task Time_EveryPeriod_SendsLldpAgain()
    {
        await using var controller = new RunningController(new ControlOptions { EchoAfter = 2 * Period });
        using var peer = await UpAsync(controller, 1);
        controller.Time.Advance(Period);

        await ExpectLldpAsync(peer);
        await peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task PacketIn_OwnLldp_IsALink()
    {
        await using var controller = new RunningController();
        using var west = await UpAsync(controller, 1);
        using var east = await UpAsync(controller, 2);
        await east.SendAsync(Frames.PacketIn(1, LldpFrame.Write(new SwitchPort(1, 2))));
        await east.ExpectNothingAsync();

        var link = Assert.Single(controller.Controller.Topology.Snapshot().Links);
        Assert.Equal(new SwitchLink(new SwitchPort(1, 2), new SwitchPort(2, 1), ManualTime.Start, ManualTime.Start, Floods: true), link);
    }

    [Fact]
    public async Task Hosts_SeenAtLinkAndEdge_AreAtTheEdge()
    {
        await using var controller = new RunningController();
        using var west = await UpAsync(controller, 1);
        using var east = await UpAsync(controller, 2);
        var frame = Frames.Ethernet(A, MacAddress.Broadcast, 0x0800, 1);
        await west.SendAsync(Frames.PacketIn(1, frame));
        await west.ExpectAsync<PacketOutMessage>();
        controller.Time.Advance(TimeSpan.FromSeconds(1));
        await east.SendAsync(Frames.PacketIn(1, frame));
        await east.ExpectAsync<PacketOutMessage>();
        await east.SendAsync(Frames.PacketIn(1, LldpFrame.Write(new SwitchPort(1, 2))));
        await east.ExpectNothingAsync();

        Assert.Equal([new EdgeHost(A, new SwitchPort(1, 1))], controller.Controller.Topology.Snapshot().Hosts);
    }

    [Fact]
    public async Task PortStatus_PortDown_LosesLinkAndHosts()
    {
        await using var controller = new RunningController();
        using var west = await UpAsync(controller, 1);
        await west.SendAsync(Frames.PacketIn(1, LldpFrame.Write(new SwitchPort(9, 9))));
        await west.SendAsync(Frames.PacketIn(2, Frames.Ethernet(A, MacAddress.Broadcast, 0x0800, 1)));
        await west.ExpectAsync<PacketOutMessage>();
        foreach (ushort port in (ushort[])[1, 2])
        {
            await west.SendAsync(new PortStatusMessage
            {
                Reason = PortStatusReason.Modify,
                Port = new PortDescription { Number = port, State = PortState.LinkDown },
            });
        }
        await west.ExpectAsync<FlowModMessage>();

        await Eventually.TrueAsync(() => controller.Controller.Topology.Snapshot() is { Links.Count: 0, Hosts.Count: 0 }, "both lost");
    }

    [Fact]
    public async Task SwitchDown_ItsLinks_AreLost()
    {
        await using var controller = new RunningController();
        using var west = await UpAsync(controller, 1);
        var east = await UpAsync(controller, 2);
        await west.SendAsync(Frames.PacketIn(1, LldpFrame.Write(new SwitchPort(2, 1))));
        await west.ExpectNothingAsync();
        Assert.Single(controller.Controller.Topology.Snapshot().Links);
        east.Dispose();

        await Eventually.TrueAsync(() => controller.Controller.Topology.Snapshot().Links.Count == 0, "the link is lost");
    }

    [Fact]
    public async Task DiscoverAsync_AllSwitches_SendLldpAndAnswerTwoBarriers()
    {
        await using var controller = new RunningController();
        using var peer = await UpAsync(controller, 1);
        var discovery = controller.Controller.Topology.DiscoverAsync(CancellationToken.None);
        await ExpectLldpAsync(peer);
        for (var round = 0; round < 2; round++)
        {
            Assert.False(discovery.IsCompleted);
            await peer.SendAsync(new BarrierReplyMessage { Xid = (await peer.ExpectAsync<BarrierRequestMessage>()).Xid });
        }

        await discovery.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task DiscoverAsync_KnownHost_IsAskedAtItsPort()
    {
        await using var controller = new RunningController();
        using var peer = await UpAsync(controller, 1);
        await SeeHostAsync(peer);
        var discovery = controller.Controller.Topology.DiscoverAsync(CancellationToken.None);
        await ExpectLldpAsync(peer);

        var question = await peer.ExpectAsync<PacketOutMessage>();
        Assert.Equal([new OutputAction(2)], question.Actions);
        Assert.True(PacketHeaders.TryRead(question.Data.Span, out var headers));
        Assert.Equal(A, headers.Destination);
        Assert.Equal(new ArpPacket(ArpPacket.Request, LldpFrame.Source, default, default, Address), headers.Arp);
        for (var round = 0; round < 2; round++)
            await peer.SendAsync(new BarrierReplyMessage { Xid = (await peer.ExpectAsync<BarrierRequestMessage>()).Xid });
        await discovery.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task PacketIn_AnswerOfAHost_GoesNoFurther()
    {
        await using var controller = new RunningController();
        using var peer = await UpAsync(controller, 1);
        var answer = new ArpPacket(ArpPacket.Reply, A, Address, LldpFrame.Source, default);
        await peer.SendAsync(Frames.PacketIn(2, answer.ToFrame(LldpFrame.Source)));

        await peer.ExpectNothingAsync();
        Assert.Equal([new EdgeHost(A, new SwitchPort(1, 2), Address)], controller.Controller.Topology.Snapshot().Hosts);
    }

    private static async Task SeeHostAsync(ScriptedSwitch peer)
    {
        var asking = new ArpPacket(ArpPacket.Request, A, Address, default, Ipv4Address.Parse("10.0.0.11"));
        await peer.SendAsync(Frames.PacketIn(2, asking.ToFrame(MacAddress.Broadcast)));
        await peer.ExpectAsync<PacketOutMessage>();
    }

    private static async Task<ScriptedSwitch> UpAsync(RunningController controller, ulong dpid)
    {
        var peer = await controller.SwitchAsync(dpid);
        peer.ReadsLldp = true;
        await ExpectLldpAsync(peer);
        return peer;
    }

    private static async Task ExpectLldpAsync(ScriptedSwitch peer)
    {
        foreach (ushort port in (ushort[])[1, 2])
            Assert.Equal([new OutputAction(port)], (await peer.ExpectAsync<PacketOutMessage>()).Actions);
    }
}
