using STrace.Model;
using STrace.TestKit;

namespace STrace.Control.Tests.Functional;

[Trait("Category", "Functional")]
[Collection("Open vSwitch")]
public sealed class ReplayOnOpenVSwitchTests
{
    private const int Client = 1;
    private const int Server = 2;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly Endpoint Virtual = Endpoint.Parse("200.200.200.200:8080");
    private static readonly Endpoint Real = Endpoint.Parse($"{OvsNetwork.Address(Server)}:80");

    [FunctionalFact]
    public async Task RunAsync_TcpThroughNat_IsRewrittenAndComesOutWhereTheHostsWere()
    {
        var (messages, frames) = await RecordAsync();
        var plan = ReplayPlan.Build(messages, frames);
        var entries = plan.Steps.OfType<InjectFrame>().Select(frame => frame.At).Distinct().OrderBy(port => port.Dpid);
        Assert.Equal([OvsNetwork.PortOf(Client), OvsNetwork.PortOf(Server)], entries);
        Assert.True(plan.Transit > 0);
        Assert.Equal(0, plan.Unplaced);
        var clientEnd = plan.Steps.OfType<InjectFrame>()
            .Select(frame => FrameIdentity.Flow(frame.Frame.Span))
            .First(flow => flow?.Destination == Virtual)!.Value.Source;
        var start = new FlowTuple(FlowTuple.Tcp, clientEnd, Virtual);

        var plane = new ReplayPlane();
        await using var listener = new RunningController(time: TimeProvider.System, plane: plane);
        await using var network = await StartAsync(listener, OvsRole.Replay);
        SwitchPort[] places = [.. Enumerable.Range(1, OvsNetwork.HostCount).Select(OvsNetwork.PortOf)];
        using var datastores = await DatastoreProcess.StartAsync(network, places);
        var record = await new Replayer(TimeProvider.System).RunAsync(
            plan,
            new ReplayNetwork(listener.Registry, plane, datastores),
            new ReplayOptions { Id = "r1", Speed = 0, Starts = [start] },
            progress: null,
            CancellationToken.None);

        Assert.Empty(record.Errors);
        Assert.Equal(plan.Steps.OfType<InstallRule>().Count(), record.FlowMods.Count);
        Assert.Equal([OvsNetwork.West, OvsNetwork.East], record.Barriers.Select(barrier => barrier.Dpid).Distinct().Order());
        var rewrite = Assert.Single(record.Rewrites);
        Assert.Equal((OvsNetwork.East, RewriteSource.Replay, "r1"), (rewrite.Dpid, rewrite.Source, rewrite.ReplayId));
        var behind = rewrite.Apply(start);
        Assert.Equal(Real, behind.Destination);
        var flows = await network.DumpFlowsAsync(OvsNetwork.East);
        Assert.Contains(
            $"mod_nw_dst:{Real.Address},mod_tp_dst:80,output:{OvsNetwork.PortOf(Server).Port}", flows, StringComparison.Ordinal);
        Assert.DoesNotContain($"output:{OvsNetwork.DatastorePort}", flows, StringComparison.Ordinal);

        await Eventually.TrueAsync(() => ReplayComparison.Compare(plan, datastores.Received).Dropped == 0, "all packets come out");
        var comparison = ReplayComparison.Compare(plan, datastores.Received);
        Assert.Null(comparison.FirstDivergence);
        Assert.Equal(0, comparison.Unexpected);
        Assert.True(comparison.Delivered > comparison.Absorbed, $"{comparison.Delivered} delivered, {comparison.Absorbed} absorbed");
        var back = new FlowTuple(FlowTuple.Tcp, Real, clientEnd);
        Assert.Contains(comparison.Rewritten, seen => (seen.From, seen.To, seen.At) == (start, behind, OvsNetwork.PortOf(Server)));
        Assert.Contains(comparison.Rewritten, seen => (seen.From, seen.To, seen.At) == (back, start.Reversed, OvsNetwork.PortOf(Client)));
    }

    /// <summary>A small session: one request over HTTP through the virtual address.</summary>
    private static async Task<(IReadOnlyList<RecordedControlMessage> Messages, IReadOnlyList<MirroredFrame> Frames)> RecordAsync()
    {
        var entry = new NatEntryOptions($"{OvsNetwork.East:x}", $"{Virtual}", $"{Real}");
        Assert.True(NatOptionsValidator.TryParse([entry], out var nat, out _));
        var recorder = new RecordingRecorder();
        var ports = new DatastorePorts();
        await using var controller = new RunningController(nat: nat, recorder: recorder, time: TimeProvider.System, datastores: ports);
        await using var network = await StartAsync(controller, OvsRole.HostsAndDatastores);
        SwitchPort[] mirrors = [new(OvsNetwork.West, OvsNetwork.DatastorePort), new(OvsNetwork.East, OvsNetwork.DatastorePort)];
        using var datastores = await DatastoreProcess.StartAsync(network, mirrors);
        foreach (var port in mirrors)
            ports.Set(port.Dpid, port.Port);
        ports.Recording = true;
        await controller.Controller.ForgetFlowsAsync(ports.Switches, CancellationToken.None);
        await controller.Controller.Topology.DiscoverAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => controller.Controller.Topology.Snapshot().Links.Count == 2, "both directions are found");

        using var server = Shell.Start(network.On(Server, "/usr/bin/python3 -u -m http.server 80"));
        try
        {
            Assert.Contains("Serving HTTP", await server.StandardOutput.ReadLineAsync().WaitAsync(Patience), StringComparison.Ordinal);
            var request = $"import urllib.request; print(urllib.request.urlopen('http://{Virtual}/', timeout=10).status)";
            Assert.Equal("200\n", await Shell.RunAsync(network.On(Client, $"/usr/bin/python3 -c \"{request}\"")));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
        await Eventually.TrueAsync(
            () => datastores.Received.Any(
                frame => frame.At.Dpid == OvsNetwork.East && FrameIdentity.Flow(frame.Frame.Span)?.Source == Real),
            "answers are mirrored");
        return (recorder.Messages, [.. datastores.Received.Select(frame => new MirroredFrame(frame.TimeNs, frame.At.Dpid, frame.Frame))]);
    }

    private static async Task<OvsNetwork> StartAsync(RunningController controller, OvsRole role)
    {
        var network = await OvsNetwork.StartAsync(controller.Endpoint, "OpenFlow10", role);
        await Eventually.TrueAsync(() => controller.Registry.Connected.Count == 2, "both switches are up");
        return network;
    }
}
