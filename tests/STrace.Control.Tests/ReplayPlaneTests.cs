using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class ReplayPlaneTests
{
    [Fact]
    public async Task SwitchUp_EmptiesTheTableAndAnswersNothing()
    {
        var plane = new ReplayPlane();
        var received = new List<(ulong Dpid, OpenFlowMessage Message)>();
        plane.Received += (dpid, message) => received.Add((dpid, message));
        await using var controller = new RunningController(plane: plane);
        using var peer = await ScriptedSwitch.ConnectAsync(controller.Endpoint);
        await peer.SendAsync(new HelloMessage());
        await peer.AnswerFeaturesAsync(7);
        await peer.ExpectAsync<StatsRequestMessage>();

        Assert.Equal(0xffff, (await peer.ExpectAsync<SetConfigMessage>()).MissSendLength);
        var delete = await peer.ExpectAsync<FlowModMessage>();
        Assert.Equal((FlowModCommand.Delete, Match.Any, true), (delete.Command, delete.Match, delete.Xid >= 0x8000_0000));
        await peer.SendAsync(Frames.PacketIn(1, LldpFrame.Write(new SwitchPort(1, 1))));
        await peer.ExpectNothingAsync();
        Assert.Equal((7ul, MessageType.PacketIn), (Assert.Single(received).Dpid, received[0].Message.Type));
    }

    [Fact]
    public async Task Stage_SwitchConnectsAnewDuringTheReplay_IsGone()
    {
        var plane = new ReplayPlane();
        await using var controller = new RunningController(plane: plane);
        var stage = new ReplayNetwork(controller.Registry, plane, new NoDatastores());
        using (await controller.SwitchAsync(7))
            Assert.Equal([1, 2], stage.Ports(7)!.Select(port => (int)port));
        await Eventually.TrueAsync(() => controller.Registry.Find(7) is null, "the switch has gone");
        using var again = await controller.SwitchAsync(7);

        var failure = Assert.Throws<ControlException>(() => stage.Send(7, new BarrierRequestMessage()));
        Assert.Equal("switch 0000000000000007 has left the replay network", failure.Message);
    }

    private sealed class NoDatastores : IFrameInjector
    {
        public bool CanInject(SwitchPort port) => false;

        public Task InjectAsync(SwitchPort port, IReadOnlyList<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("nothing can be injected");
    }
}
