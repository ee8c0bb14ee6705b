using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests.Functional;

/// <summary>A replay on real switches in which one rule is not the recorded one.</summary>
[Trait("Category", "Functional")]
[Collection("Open vSwitch")]
public sealed class ReplayDifferenceTests
{
    private static readonly SwitchPort Client = OvsNetwork.PortOf(1);
    private static readonly SwitchPort Server = OvsNetwork.PortOf(2);
    private static readonly SwitchPort Bystander = OvsNetwork.PortOf(3);
    private const ushort LinkPort = 1;

    [FunctionalFact]
    public async Task Compare_OneRuleChanged_NamesIt()
    {
        var original = Record();
        var plan = original with
        {
            Steps = [.. original.Steps.Select(step => step is InstallRule { Dpid: OvsNetwork.East } rule
                ? rule with { Message = rule.Message with { Actions = [new SetNwDstAction(NatScene.Server), new OutputAction(Bystander.Port)] } }
                : step)],
        };
        var plane = new ReplayPlane();
        await using var listener = new RunningController(time: TimeProvider.System, plane: plane);
        await using var network = await OvsNetwork.StartAsync(listener.Endpoint, "OpenFlow10", OvsRole.Replay);
        await Eventually.TrueAsync(() => listener.Registry.Connected.Count == 2, "both switches are up");
        using var datastores = await DatastoreProcess.StartAsync(network, Client, Server, Bystander);
        var record = await new Replayer(TimeProvider.System).RunAsync(
            plan, new ReplayNetwork(listener.Registry, plane, datastores), new ReplayOptions { Id = "r1", Speed = 0 }, null, CancellationToken.None);
        await Eventually.TrueAsync(() => datastores.Received.Count > 0, "the packet comes out");

        var comparison = ReplayComparison.Compare(
            plan, datastores.Received, new ReplayEvidence { Original = original, Errors = record.Errors, DoneNs = record.DoneNs });
        Assert.Equal((1, 1), (comparison.Sent, comparison.Diverged));
        var first = comparison.First!;
        Assert.Equal([new PacketCopy(Server, "tcp 10.0.0.2:40000->10.0.0.4:8080")], first.Packet.Recorded);
        Assert.Equal([new PacketCopy(Bystander, "tcp 10.0.0.2:40000->10.0.0.4:8080")], first.Packet.CameOut);
        Assert.Equal((OvsNetwork.East, 0x22UL), (first.RecordedRule!.Dpid, first.RecordedRule.Cookie));
        Assert.EndsWith($"output:{Bystander.Port}", first.ReplayedRule!.Actions, StringComparison.Ordinal);
        Assert.Equal($"the rule at switch {OvsNetwork.East:x16} has other actions in the replay", first.Cause);
    }

    /// <summary>One segment to a virtual address, translated in the east.</summary>
    private static ReplayPlan Record() => new RecordedSession()
        .Switch(OvsNetwork.West, LinkPort, Client.Port)
        .Switch(OvsNetwork.East, LinkPort, Server.Port, Bystander.Port)
        .Link(new SwitchPort(OvsNetwork.West, LinkPort), new SwitchPort(OvsNetwork.East, LinkPort))
        .FromSwitch(1, OvsNetwork.West, Frames.PacketIn(Client.Port, Frames.Ethernet(NatScene.ClientMac, MacAddress.Broadcast, 0x0806)))
        .ToSwitch(2, OvsNetwork.West, new FlowModMessage { Xid = 1, Cookie = 0x11, Actions = [new OutputAction(LinkPort)] })
        .ToSwitch(3, OvsNetwork.East, new FlowModMessage
        {
            Xid = 2,
            Cookie = 0x22,
            Match = new Match { DlType = 0x0800, NwDst = NatScene.Virtual },
            Actions = [new SetNwDstAction(NatScene.Server), new OutputAction(Server.Port)],
        })
        .Mirrored(4, OvsNetwork.West, NatScene.Segment(8080))
        .Plan();
}
