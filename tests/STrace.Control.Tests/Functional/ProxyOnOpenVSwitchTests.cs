using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests.Functional;

/// <summary>What controllers of Open vSwitch may say beyond OpenFlow 1.0, through the proxy.</summary>
[Trait("Category", "Functional")]
[Collection("Open vSwitch")]
public sealed class ProxyOnOpenVSwitchTests
{
    private const uint Register0 = 0x0001_0004; // NXM_NX_REG0
    private static readonly byte[] AllRules = [0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0xff, 0, 0, 0]; // nx_flow_stats_request
    private static readonly ulong[] Both = [OvsNetwork.West, OvsNetwork.East];

    [FunctionalFact]
    public async Task RenewFlowsAsync_RulesBeyondOpenFlow10_GetTheMirrorUnseenAndLoseIt()
    {
        var datastores = new DatastorePorts();
        await using var proxy = new RunningProxy(datastores: datastores);
        await using var network = await OvsNetwork.StartAsync(proxy.Endpoint, "OpenFlow10", OvsRole.HostsAndDatastores);
        using var one = await proxy.UpstreamAsync();
        using var other = await proxy.UpstreamAsync();
        foreach (var upstream in (ScriptedSwitch[])[one, other])
        {
            await upstream.SendAsync(new NiciraFlowModTableId(true).ToVendorMessage(1));
            await upstream.SendAsync(Rule(table: 0, register: 7, new OutputAction(2)));
            await upstream.SendAsync(Rule(table: 1, register: 7, new SetNwDstAction(new Ipv4Address(1)), new OutputAction(2)));
            await DoneAsync(upstream);
        }
        var before = await network.DumpFlowsAsync(OvsNetwork.West);

        datastores.Set(OvsNetwork.West, OvsNetwork.DatastorePort);
        datastores.Set(OvsNetwork.East, OvsNetwork.DatastorePort);
        datastores.Recording = true;
        await proxy.Plane.RenewFlowsAsync(Both, CancellationToken.None);
        foreach (var upstream in (ScriptedSwitch[])[one, other])
        {
            Assert.Equal(PortStatusReason.Delete, (await upstream.ExpectAsync<PortStatusMessage>()).Reason); // the datastore's
            await upstream.SendAsync(Rule(table: 1, register: 8, new OutputAction(2)));
            await DoneAsync(upstream);
        }

        var recorded = await network.DumpFlowsAsync(OvsNetwork.West);
        Assert.Equal(3, Rules(recorded).Length);
        Assert.Contains("reg0=0x7 actions=output:9,output:2", recorded, StringComparison.Ordinal);
        Assert.Contains("reg0=0x7 actions=output:9,mod_nw_dst:0.0.0.1,output:2", recorded, StringComparison.Ordinal);
        Assert.Contains("reg0=0x8 actions=output:9,output:2", recorded, StringComparison.Ordinal);
        Assert.Equal(["table 0, 1 actions", "table 1, 1 actions", "table 1, 2 actions"], await SeenRulesAsync(one));

        datastores.Recording = false;
        await proxy.Plane.RenewFlowsAsync(Both, CancellationToken.None);
        Assert.Equal([.. Rules(before)], Rules(await network.DumpFlowsAsync(OvsNetwork.West)).Where(rule => !rule.Contains("reg0=0x8", StringComparison.Ordinal)));
    }

    [FunctionalFact]
    public Task PacketIn_OfNiciras_HostsAreLearnedAndLldpIsSwallowed() => LearnAsync(packetInFormat: 1);

    [FunctionalFact]
    public Task PacketIn_OfNicirasSecondForm_HostsAreLearnedAndLldpIsSwallowed() => LearnAsync(packetInFormat: 2);

    [FunctionalFact]
    public async Task UpstreamGone_AsSlave_TheNextOneRulesTheSwitch()
    {
        await using var proxy = new RunningProxy();
        await using var network = await OvsNetwork.StartAsync(proxy.Endpoint, "OpenFlow10");
        for (var i = 0; i < 2; i++)
        {
            using var slave = await proxy.UpstreamAsync();
            await slave.SendAsync(new NiciraRoleRequest(NiciraRole.Secondary).ToVendorMessage(3));
            Assert.Equal(3u, (await slave.ExpectAsync<VendorMessage>()).Xid);
        }
        for (var i = 0; i < 2; i++)
        {
            using var next = await proxy.UpstreamAsync();
            await next.SendAsync(new FlowModMessage { Xid = 4, Priority = 5, Actions = [new OutputAction(2)] });
            await DoneAsync(next); // no ERROR before it
        }
    }

    private static async Task LearnAsync(byte packetInFormat)
    {
        await using var proxy = new RunningProxy();
        await using var network = await OvsNetwork.StartAsync(proxy.Endpoint, "OpenFlow10");
        ScriptedSwitch[] upstreams = [await proxy.UpstreamAsync(), await proxy.UpstreamAsync()];
        ScriptedSwitch? west = null;
        foreach (var upstream in upstreams)
        {
            await upstream.SendAsync(new FeaturesRequestMessage { Xid = 2 });
            if ((await upstream.ExpectAsync<FeaturesReplyMessage>()).DatapathId == OvsNetwork.West)
                west = upstream;
            await upstream.SendAsync(new VendorMessage { Xid = 1, Vendor = NiciraMessage.VendorId, Data = new byte[] { 0, 0, 0, 16, 0, 0, 0, packetInFormat } });
            await DoneAsync(upstream);
        }
        await proxy.Plane.Topology.DiscoverAsync(CancellationToken.None); // LLDP over the link in both directions
        foreach (var upstream in upstreams)
            await upstream.ExpectNothingAsync();

        await Shell.RunAsync(network.On(1, "/usr/bin/python3 -c \"import socket; socket.socket(2, 2).sendto(b'x', ('10.77.0.99', 9))\""));
        await Eventually.TrueAsync(
            () => proxy.Plane.Topology.Snapshot().Hosts.Any(host => host.At == OvsNetwork.PortOf(1) && $"{host.Ip}" == OvsNetwork.Address(1)),
            "the host is known");
        await west!.ExpectAsync<VendorMessage>();
        Assert.Equal(2, proxy.Plane.Topology.Snapshot().Links.Count);
        foreach (var upstream in upstreams)
            upstream.Dispose();
    }

    private static VendorMessage Rule(byte table, byte register, params OpenFlowAction[] actions) => new NiciraFlowMod
    {
        Command = (FlowModCommand)(table << 8),
        Match = new NiciraMatch([new NiciraMatchField(Register0, new byte[] { 0, 0, 0, register }, ReadOnlyMemory<byte>.Empty)]),
        Actions = actions,
    }.ToVendorMessage(2);

    private static async Task DoneAsync(ScriptedSwitch upstream)
    {
        await upstream.SendAsync(new BarrierRequestMessage { Xid = 9 });
        await upstream.ExpectAsync<BarrierReplyMessage>();
    }

    /// <summary>The rules as NXST_FLOW tells the upstream of them.</summary>
    private static async Task<List<string>> SeenRulesAsync(ScriptedSwitch upstream)
    {
        await upstream.SendAsync(new StatsRequestMessage { Xid = 10, Body = new VendorStatsRequest(NiciraMessage.VendorId, AllRules) });
        var reply = ((VendorStatsReply)(await upstream.ExpectAsync<StatsReplyMessage>()).Body).Data;
        var seen = new List<string>();
        for (var rest = reply[8..]; !rest.IsEmpty; rest = rest[((rest.Span[0] << 8) | rest.Span[1])..])
            seen.Add($"table {rest.Span[2]}, {(rest.Span[1] - 56) / 8} actions"); // 48 bytes, a match of 8, actions of 8
        seen.Sort(StringComparer.Ordinal);
        return seen;
    }

    private static string[] Rules(string dump) => dump.Split('\n').Where(line => line.Contains("actions=", StringComparison.Ordinal)).ToArray();
}
