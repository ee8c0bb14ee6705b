using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

/// <summary>What is flooded, where links could make it go round.</summary>
public sealed class LoopTests
{
    private static readonly MacAddress A = MacAddress.Parse("00:00:00:00:00:0a");
    private static readonly MacAddress B = MacAddress.Parse("00:00:00:00:00:0b");
    private static readonly TimeSpan Probation = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task PacketIn_PortOnProbation_IsDropped()
    {
        await using var controller = new RunningController(portProbation: Probation);
        using var peer = await controller.SwitchAsync();
        await peer.SendAsync(Frames.PacketIn(1, Broadcast(A)));

        await peer.ExpectNothingAsync();
        Assert.Empty(controller.Controller.Topology.Snapshot().Hosts);
    }

    [Fact]
    public async Task PacketIn_ProbationOver_IsFlooded()
    {
        await using var controller = new RunningController(portProbation: Probation);
        using var peer = await controller.SwitchAsync();
        await peer.ExpectNothingAsync();
        controller.Time.Advance(Probation);
        await peer.SendAsync(Frames.PacketIn(1, Broadcast(A)));

        Assert.Equal([new OutputAction(PortNumber.Flood)], (await peer.ExpectAsync<PacketOutMessage>()).Actions);
    }

    [Fact]
    public async Task PacketIn_AnotherPortCameUp_IsFloodedToTheOthersOnly()
    {
        await using var controller = new RunningController(portProbation: Probation);
        using var peer = await controller.SwitchAsync();
        await peer.ExpectNothingAsync();
        controller.Time.Advance(Probation);
        await peer.SendAsync(new PortStatusMessage { Reason = PortStatusReason.Add, Port = new PortDescription { Number = 3, Name = "p3" } });
        await peer.SendAsync(Frames.PacketIn(1, Broadcast(A)));

        Assert.Equal([new OutputAction(2)], (await peer.ExpectAsync<PacketOutMessage>()).Actions);
    }

    [Fact]
    public async Task PacketIn_SpareLink_CarriesNothing()
    {
        await using var controller = new RunningController();
        using var west = await controller.SwitchAsync(1);
        using var east = await controller.SwitchAsync(2);
        await east.SendAsync(Frames.PacketIn(3, Broadcast(A)));
        await east.ExpectAsync<PacketOutMessage>();
        await LinkTwiceAsync(east);
        await ExpectEmptiedAsync(west, east); // ports that carried packets do no longer

        await east.SendAsync(Frames.PacketIn(2, Broadcast(B)));
        await east.ExpectNothingAsync();
        await east.SendAsync(Frames.PacketIn(3, Broadcast(A)));
        Assert.Equal([new OutputAction(1)], (await east.ExpectAsync<PacketOutMessage>()).Actions);
    }

    [Fact]
    public async Task PortStatus_LinkOfTheTreeDown_SpareLinkTakesItsPlaceAndRulesGo()
    {
        await using var controller = new RunningController();
        using var west = await controller.SwitchAsync(1);
        using var east = await controller.SwitchAsync(2);
        await LinkTwiceAsync(east);
        await ExpectEmptiedAsync(west, east);
        await east.SendAsync(new PortStatusMessage
        {
            Reason = PortStatusReason.Modify,
            Port = new PortDescription { Number = 1, State = PortState.LinkDown },
        });

        await ExpectEmptiedAsync(west, east);
        var known = controller.Controller.Topology.Snapshot();
        Assert.Equal([(new SwitchPort(1, 2), true)], known.Links.Select(link => (link.From, link.Floods)));
        Assert.Equal([(new SwitchPort(1, 1), LinkLoss.PortDown)], known.LostLinks.Select(link => (link.From, link.Loss!.Value)));
    }

    [Fact]
    public async Task SwitchDown_ItsLinks_AreShownAsLostSinceThen()
    {
        await using var controller = new RunningController();
        using var west = await controller.SwitchAsync(1);
        var east = await controller.SwitchAsync(2);
        await east.SendAsync(Frames.PacketIn(1, LldpFrame.Write(new SwitchPort(1, 1))));
        await east.ExpectNothingAsync();
        controller.Time.Advance(TimeSpan.FromSeconds(5));
        east.Dispose();

        await Eventually.TrueAsync(() => controller.Controller.Topology.Snapshot().LostLinks.Count == 1, "the link is lost");
        var lost = controller.Controller.Topology.Snapshot().LostLinks[0];
        Assert.Equal((LinkLoss.SwitchGone, ManualTime.Start + TimeSpan.FromSeconds(5)), (lost.Loss!.Value, lost.Since));
    }

    [Fact]
    public async Task PacketIn_HostAtAnotherSwitchNow_LosesItsRulesThere()
    {
        await using var controller = new RunningController();
        using var west = await controller.SwitchAsync(1);
        using var east = await controller.SwitchAsync(2);
        await east.SendAsync(Frames.PacketIn(1, LldpFrame.Write(new SwitchPort(1, 1))));
        await east.ExpectNothingAsync();
        await west.SendAsync(Frames.PacketIn(2, Broadcast(A)));
        await west.ExpectAsync<PacketOutMessage>();
        await east.SendAsync(Frames.PacketIn(2, Broadcast(A)));

        Assert.Equal("dl_src=00:00:00:00:00:0a", (await west.ExpectAsync<FlowModMessage>()).Match.ToString());
        Assert.Equal([new EdgeHost(A, new SwitchPort(2, 2))], controller.Controller.Topology.Snapshot().Hosts);
    }

    [Fact]
    public async Task Reconnect_RulesOfKnownHosts_AreInstalledAgain()
    {
        await using var controller = new RunningController();
        var peer = await controller.SwitchAsync();
        await peer.SendAsync(Frames.PacketIn(1, Broadcast(A)));
        await peer.ExpectAsync<PacketOutMessage>();
        await peer.SendAsync(Frames.PacketIn(2, Frames.Ethernet(B, A, 0x0800, 1)));
        var rule = await peer.ExpectAsync<FlowModMessage>();
        peer.Dispose();
        using var again = await controller.SwitchAsync();

        var restored = await again.ExpectAsync<FlowModMessage>();
        Assert.Equal((rule.Match, rule.Command), (restored.Match, restored.Command));
        Assert.Equal(rule.Actions, restored.Actions);
        await again.ExpectNothingAsync();
    }

    /// <summary>The ports 1 of both switches, and the ports 2, turn out to be linked.</summary>
    private static async Task LinkTwiceAsync(ScriptedSwitch east)
    {
        foreach (ushort port in (ushort[])[1, 2])
            await east.SendAsync(Frames.PacketIn(port, LldpFrame.Write(new SwitchPort(1, port))));
    }

    private static async Task ExpectEmptiedAsync(params ScriptedSwitch[] peers)
    {
        foreach (var peer in peers)
        {
            FlowModMessage delete;
            do
                delete = await peer.ExpectAsync<FlowModMessage>();
            while (delete.Match != new Match()); // those of single hosts come before
        }
    }

    private static byte[] Broadcast(MacAddress source) => Frames.Ethernet(source, MacAddress.Broadcast, 0x0800, 1);
}
