using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class LearningSwitchTests
{
    private static readonly MacAddress A = MacAddress.Parse("00:00:00:00:00:0a");
    private static readonly MacAddress B = MacAddress.Parse("00:00:00:00:00:0b");

    [Theory]
    [InlineData("00:00:00:00:00:0b")]
    [InlineData("ff:ff:ff:ff:ff:ff")]
    [InlineData("01:00:5e:00:00:01")]
    public async Task PacketIn_DestinationUnknownOrGroup_IsFloodedWithoutARule(string destination)
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        var frame = Frame(A, MacAddress.Parse(destination));
        await peer.SendAsync(Frames.PacketIn(1, frame));

        var flood = await peer.ExpectAsync<PacketOutMessage>();
        Assert.Equal([new OutputAction(PortNumber.Flood)], flood.Actions);
        Assert.Equal(1, flood.InPort);
        Assert.Equal(frame, flood.Data.ToArray());
        await peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task PacketIn_DestinationKnown_InstallsARuleAndSendsThePacket()
    {
        await using var controller = new RunningController();
        using var peer = await UpWithAOnPort1Async(controller);
        await peer.SendAsync(Frames.PacketIn(2, Frame(B, A)));

        var rule = await peer.ExpectAsync<FlowModMessage>();
        Assert.Equal(FlowModCommand.Add, rule.Command);
        Assert.Equal("in_port=2,dl_src=00:00:00:00:00:0b,dl_dst=00:00:00:00:00:0a", rule.Match.ToString());
        Assert.Equal((100, 60, FlowModFlags.SendFlowRemoved), (rule.Priority, rule.IdleTimeoutSeconds, rule.Flags));
        Assert.Equal([new OutputAction(1)], rule.Actions);
        var packet = await peer.ExpectAsync<PacketOutMessage>();
        Assert.Equal([new OutputAction(1)], packet.Actions);
        Assert.Equal(Frame(B, A), packet.Data.ToArray());
    }

    [Fact]
    public async Task PacketIn_BufferedAndKnown_PutsTheBufferThroughTheRule()
    {
        await using var controller = new RunningController();
        using var peer = await UpWithAOnPort1Async(controller);
        await peer.SendAsync(Frames.PacketIn(2, Frame(B, A), bufferId: 42));

        Assert.Equal(42u, (await peer.ExpectAsync<FlowModMessage>()).BufferId);
        await peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task PacketIn_BufferedAndUnknown_FloodsTheBuffer()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        await peer.SendAsync(Frames.PacketIn(2, Frame(B, A), bufferId: 42));

        var flood = await peer.ExpectAsync<PacketOutMessage>();
        Assert.Equal((42u, 0), (flood.BufferId, flood.Data.Length));
    }

    [Fact]
    public async Task PacketIn_HostMoved_DeletesItsRulesAndLearnsThePlace()
    {
        await using var controller = new RunningController();
        using var peer = await UpWithAOnPort1Async(controller);
        await peer.SendAsync(Frames.PacketIn(3, Frame(A, MacAddress.Broadcast)));

        await ExpectDeletedAsync(peer, "dl_src=00:00:00:00:00:0a", "dl_dst=00:00:00:00:00:0a");
        await peer.ExpectAsync<PacketOutMessage>();
        await peer.SendAsync(Frames.PacketIn(2, Frame(B, A)));
        Assert.Equal([new OutputAction(3)], (await peer.ExpectAsync<FlowModMessage>()).Actions);
    }

    [Fact]
    public async Task PortStatus_LinkDown_ForgetsWhoWasThere()
    {
        await using var controller = new RunningController();
        using var peer = await UpWithAOnPort1Async(controller);
        await peer.SendAsync(new PortStatusMessage
        {
            Reason = PortStatusReason.Modify,
            Port = new PortDescription { Number = 1, State = PortState.LinkDown },
        });

        await ExpectDeletedAsync(peer, "dl_src=00:00:00:00:00:0a", "dl_dst=00:00:00:00:00:0a");
    }

    [Theory]
    [InlineData("01:80:c2:00:00:0e", 0x88cc)]
    [InlineData("01:80:c2:00:00:00", 0x0027)]
    [InlineData("00:00:00:00:00:0b", 0x88cc)]
    public async Task PacketIn_BetweenNeighbours_IsNotForwarded(string destination, ushort etherType)
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        await peer.SendAsync(Frames.PacketIn(1, Frames.Ethernet(A, MacAddress.Parse(destination), etherType)));

        await peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task PacketIn_DestinationBehindTheSamePort_IsNotForwarded()
    {
        await using var controller = new RunningController();
        using var peer = await UpWithAOnPort1Async(controller);
        await peer.SendAsync(Frames.PacketIn(1, Frame(B, A)));

        await peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task PacketIn_CutOffBeforeItsHeader_IsIgnored()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        await peer.SendAsync(Frames.PacketIn(1, new byte[13]));

        await peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task PacketIn_TwoSwitches_LearnApart()
    {
        await using var controller = new RunningController();
        using var first = await UpWithAOnPort1Async(controller);
        using var second = await controller.SwitchAsync(2);
        await second.SendAsync(Frames.PacketIn(2, Frame(B, A)));

        Assert.Equal([new OutputAction(PortNumber.Flood)], (await second.ExpectAsync<PacketOutMessage>()).Actions);
    }

    private static async Task<ScriptedSwitch> UpWithAOnPort1Async(RunningController controller)
    {
        var peer = await controller.SwitchAsync();
        await peer.SendAsync(Frames.PacketIn(1, Frame(A, MacAddress.Broadcast)));
        await peer.ExpectAsync<PacketOutMessage>();
        return peer;
    }

    private static async Task ExpectDeletedAsync(ScriptedSwitch peer, params string[] matches)
    {
        foreach (var match in matches)
        {
            var delete = await peer.ExpectAsync<FlowModMessage>();
            Assert.Equal((FlowModCommand.Delete, match), (delete.Command, delete.Match.ToString()));
        }
    }

    private static byte[] Frame(MacAddress source, MacAddress destination) => Frames.Ethernet(source, destination, 0x0800, 1, 2, 3);
}
