using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class MirrorTests
{
    private const ushort DatastorePort = 2;
    private static readonly MacAddress A = MacAddress.Parse("00:00:00:00:00:0a");
    private static readonly MacAddress B = MacAddress.Parse("00:00:00:00:00:0b");

    [Theory]
    [InlineData(FlowModCommand.Add, true)]
    [InlineData(FlowModCommand.Modify, true)]
    [InlineData(FlowModCommand.ModifyStrict, true)]
    [InlineData(FlowModCommand.Delete, false)]
    [InlineData(FlowModCommand.DeleteStrict, false)]
    public async Task Send_RuleWithOutput_HasTheMirrorFirstOnTheWireAndNotInTheRecord(FlowModCommand command, bool mirrored)
    {
        OpenFlowAction[] actions = [new SetNwDstAction(new Ipv4Address(1)), new OutputAction(1)];
        var (wire, recorded) = await SendAsync(new FlowModMessage { Command = command, Actions = actions });

        Assert.Equal(mirrored ? [new OutputAction(DatastorePort), .. actions] : actions, wire.Actions);
        Assert.Equal(actions, recorded.Actions);
    }

    [Fact]
    public async Task Send_RuleWithEnqueue_HasTheMirror()
    {
        var (wire, _) = await SendAsync(new FlowModMessage { Actions = [new EnqueueAction(1, 7)] });
        Assert.Equal([new OutputAction(DatastorePort), new EnqueueAction(1, 7)], wire.Actions);
    }

    [Fact]
    public async Task Send_RuleThatDrops_HasNoMirror()
    {
        var (wire, _) = await SendAsync(new FlowModMessage { Actions = [new SetNwDstAction(new Ipv4Address(1))] });
        Assert.Single(wire.Actions);
    }

    [Fact]
    public async Task Send_NotRecording_HasNoMirror()
    {
        var (wire, _) = await SendAsync(new FlowModMessage { Actions = [new OutputAction(1)] }, recording: false);
        Assert.Single(wire.Actions);
    }

    [Fact]
    public async Task Set_DatastoreComesAndGoes_ItsPortIsNotFloodedMeanwhile()
    {
        var datastores = new DatastorePorts();
        await using var controller = new RunningController(datastores: datastores);
        using var peer = await controller.SwitchAsync();
        datastores.Set(1, DatastorePort);
        var kept = await peer.ExpectAsync<PortModMessage>();
        Assert.Equal((DatastorePort, PortConfig.NoFlood, PortConfig.NoFlood), (kept.Port, kept.Config, kept.Mask));

        datastores.Set(5, DatastorePort);
        datastores.Remove(1, port: 9);
        await peer.ExpectNothingAsync();

        datastores.Remove(1, DatastorePort);
        var released = await peer.ExpectAsync<PortModMessage>();
        Assert.Equal((DatastorePort, PortConfig.None, PortConfig.NoFlood), (released.Port, released.Config, released.Mask));
    }

    [Fact]
    public async Task PortStatus_DatastorePortComesBack_IsKeptAgain()
    {
        var datastores = new DatastorePorts();
        datastores.Set(1, DatastorePort);
        await using var controller = new RunningController(datastores: datastores);
        using var peer = await controller.SwitchAsync();
        await peer.ExpectAsync<PortModMessage>();
        await peer.SendAsync(
            new PortStatusMessage { Reason = PortStatusReason.Add, Port = new PortDescription { Number = DatastorePort } });

        Assert.Equal(PortConfig.NoFlood, (await peer.ExpectAsync<PortModMessage>()).Config);
    }

    [Fact]
    public async Task PacketIn_FromTheDatastore_IsNotLearnt()
    {
        var datastores = new DatastorePorts();
        datastores.Set(1, DatastorePort);
        await using var controller = new RunningController(datastores: datastores);
        using var peer = await controller.SwitchAsync();
        await peer.ExpectAsync<PortModMessage>();
        await peer.SendAsync(Frames.PacketIn(DatastorePort, Frames.Ethernet(A, B, 0x0800, 1)));
        await peer.ExpectNothingAsync();
        await peer.SendAsync(Frames.PacketIn(1, Frames.Ethernet(B, A, 0x0800, 1)));

        Assert.Equal([new OutputAction(PortNumber.Flood)], (await peer.ExpectAsync<PacketOutMessage>()).Actions);
        Assert.Equal(B, Assert.Single(controller.Controller.Topology.Snapshot().Hosts).Address);
    }

    [Fact]
    public async Task ForgetFlowsAsync_LearntHost_IsFloodedForAgain()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        await peer.SendAsync(Frames.PacketIn(1, Frames.Ethernet(A, MacAddress.Broadcast, 0x0800, 1)));
        await peer.ExpectAsync<PacketOutMessage>();
        var forgotten = controller.Controller.ForgetFlowsAsync([1, 99], CancellationToken.None);

        var delete = await peer.ExpectAsync<FlowModMessage>();
        Assert.Equal((FlowModCommand.Delete, Match.Any), (delete.Command, delete.Match));
        var barrier = await peer.ExpectAsync<BarrierRequestMessage>();
        Assert.False(forgotten.IsCompleted);
        await peer.SendAsync(new BarrierReplyMessage { Xid = barrier.Xid });
        await forgotten;
        await peer.SendAsync(Frames.PacketIn(2, Frames.Ethernet(B, A, 0x0800, 1)));
        Assert.Equal([new OutputAction(PortNumber.Flood)], (await peer.ExpectAsync<PacketOutMessage>()).Actions);
    }

    [Fact]
    public async Task ForgetFlowsAsync_NatConnection_GetsItsRulesBackAtOnce()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);
        var (reverse, forward, _) = await scene.ExpectInstallAsync();
        var forgotten = scene.Controller.Controller.ForgetFlowsAsync([1], CancellationToken.None);

        Assert.Equal((FlowModCommand.Delete, Match.Any), await CommandAsync());
        Assert.Equal((FlowModCommand.Add, reverse.Match), await CommandAsync());
        Assert.Equal((FlowModCommand.Add, forward.Match), await CommandAsync());
        await scene.Peer.SendAsync(new BarrierReplyMessage { Xid = (await scene.Peer.ExpectAsync<BarrierRequestMessage>()).Xid });
        await forgotten;

        // What the switch says of the old pair is not about the new one.
        await scene.Peer.SendAsync(new FlowRemovedMessage { Cookie = reverse.Cookie, Reason = FlowRemovedReason.Delete });
        await scene.Peer.ExpectNothingAsync();

        async Task<(FlowModCommand, Match)> CommandAsync()
        {
            var rule = await scene.Peer.ExpectAsync<FlowModMessage>();
            return (rule.Command, rule.Match);
        }
    }

    private static async Task<(FlowModMessage Wire, FlowModMessage Recorded)> SendAsync(FlowModMessage rule, bool recording = true)
    {
        var recorder = new RecordingRecorder();
        var datastores = new DatastorePorts { Recording = recording };
        datastores.Set(1, DatastorePort);
        await using var controller = new RunningController(recorder: recorder, datastores: datastores);
        using var peer = await controller.SwitchAsync();
        await peer.ExpectAsync<PortModMessage>();
        await controller.Registry.Find(1)!.SendAsync(rule);
        var wire = await peer.ExpectAsync<FlowModMessage>();
        return (wire, (FlowModMessage)OpenFlowCodec.Decode(recorder.Messages[^1].Frame.Span));
    }
}
