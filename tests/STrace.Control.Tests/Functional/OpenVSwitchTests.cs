using STrace.Model;

namespace STrace.Control.Tests.Functional;

[Trait("Category", "Functional")]
[Collection("Open vSwitch")]
public sealed class OpenVSwitchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [FunctionalFact]
    public Task Ping_OpenFlow10Bridge_ReachesAllPairs() => PingAllPairsAsync("OpenFlow10");

    [FunctionalFact]
    public Task Ping_DefaultBridgeWithHelloVersion6_ReachesAllPairs() => PingAllPairsAsync("[]");

    [FunctionalFact]
    public async Task Nat_TcpAndPing_ReachTheRealHostsAndDirectCallsStay()
    {
        Assert.True(NatOptionsValidator.TryParse(
            [
                new NatEntryOptions($"{OvsNetwork.East:x}", "200.200.200.200:8080", $"{OvsNetwork.Address(2)}:80"),
                new NatEntryOptions($"{OvsNetwork.East:x}", "200.200.200.201", OvsNetwork.Address(3)),
            ],
            out var nat,
            out _));
        var recorder = new RecordingRecorder();
        await using var controller = new RunningController(nat: nat, recorder: recorder, time: TimeProvider.System);
        await using var network = await StartAsync(controller, "OpenFlow10");
        using var server = Shell.Start(network.On(2, "/usr/bin/python3 -u -m http.server 80"));
        try
        {
            Assert.Contains("Serving HTTP", await server.StandardOutput.ReadLineAsync().WaitAsync(Patience), StringComparison.Ordinal);
            Assert.Equal("200\n", await GetAsync(network, 1, "200.200.200.200:8080"));

            var flows = await network.DumpFlowsAsync(OvsNetwork.East);
            Assert.Contains("mod_nw_dst:10.77.0.2,mod_tp_dst:80,output:", flows, StringComparison.Ordinal);
            Assert.Contains("mod_nw_src:200.200.200.200,mod_tp_src:8080,output:", flows, StringComparison.Ordinal);
            Assert.Contains("priority=200,tcp,nw_src=10.77.0.1,nw_dst=200.200.200.200,", flows, StringComparison.Ordinal);

            Assert.DoesNotContain("mod_nw", await network.DumpFlowsAsync(OvsNetwork.West), StringComparison.Ordinal);

            Assert.Equal("200\n", await GetAsync(network, 1, "10.77.0.2:80"));
            Assert.Equal("200\n", await GetAsync(network, 3, "200.200.200.200:8080"));
            Assert.Equal("200\n", await GetAsync(network, 1, "200.200.200.200:8080"));
            await PingAsync(network, 1, "200.200.200.200");
            await PingAsync(network, 1, "200.200.200.201");
            Assert.Contains("mod_nw_dst:10.77.0.3,output:", await network.DumpFlowsAsync(OvsNetwork.East), StringComparison.Ordinal);
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }

        // The recording alone tells what the network did.
        var reading = RewriteRuleReader.Read(recorder.Messages);
        Assert.Equal(0, reading.BrokenMessages);
        var flow = reading.Rules.First(rule => rule.MatchDestinationPort == 8080);
        var client = new Endpoint(flow.MatchSource!.Value.Address, flow.MatchSourcePort!.Value);
        var call = new FlowTuple(FlowTuple.Tcp, client, Endpoint.Parse("200.200.200.200:8080"));
        Assert.Equal(Endpoint.Parse("10.77.0.2:80"), flow.Apply(call).Destination);
        Assert.Empty(controller.Log.OfEvent(4014));
    }

    private static async Task PingAllPairsAsync(string protocols)
    {
        await using var controller = new RunningController(time: TimeProvider.System);
        await using var network = await StartAsync(controller, protocols);
        for (var from = 1; from <= OvsNetwork.HostCount; from++)
        {
            for (var to = 1; to <= OvsNetwork.HostCount; to++)
                await PingAsync(network, from, OvsNetwork.Address(to));
        }

        await controller.Registry.SnapshotAsync(CancellationToken.None).WaitAsync(Patience);
        Assert.Equal([OvsNetwork.West, OvsNetwork.East], controller.Registry.Snapshot().Select(status => status.Dpid));
        foreach (var status in controller.Registry.Snapshot())
        {
            var flows = await network.DumpFlowsAsync(status.Dpid);
            Assert.Contains("idle_timeout=60, priority=100,in_port=", flows, StringComparison.Ordinal);
            Assert.DoesNotContain("FLOOD", flows, StringComparison.Ordinal);
            Assert.Equal("Nicira, Inc.", status.Description!.Manufacturer);
        }
        Assert.Empty(controller.Log.OfEvent(4014));
    }

    private static async Task<OvsNetwork> StartAsync(RunningController controller, string protocols)
    {
        var up = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var missing = 2;
        controller.Registry.SwitchUp += _ =>
        {
            if (Interlocked.Decrement(ref missing) == 0)
                up.TrySetResult();
        };
        var network = await OvsNetwork.StartAsync(controller.Endpoint, protocols);
        await up.Task.WaitAsync(Patience);
        return network;
    }

    private static async Task PingAsync(OvsNetwork network, int from, string to) =>
        await Shell.RunAsync(network.On(from, $"/usr/bin/python3 {AppContext.BaseDirectory}Functional/ping.py {to}"));

    private static Task<string> GetAsync(OvsNetwork network, int from, string server) => Shell.RunAsync(network.On(
        from, $"/usr/bin/python3 -c \"import urllib.request; print(urllib.request.urlopen('http://{server}/', timeout=10).status)\""));
}
