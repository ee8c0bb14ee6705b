using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class ProxyTests
{
    private const uint OwnXid = 0xfe00_0001;
    private const ushort DatastorePort = 2;
    private static readonly byte[] Unknown = [1, 77, 0, 12, 0, 0, 0, 5, 1, 2, 3, 4];
    private static readonly byte[] ShortFlowMod = [1, 14, 0, 12, 0, 0, 0, 6, 1, 2, 3, 4];

    [Fact]
    public async Task Messages_OfBothSides_GoThroughAsTheBytesThatCame()
    {
        await using var proxy = new RunningProxy();
        using var peer = await proxy.SwitchAsync();
        using var upstream = await proxy.UpstreamAsync();
        byte[][] down = [OpenFlowCodec.Encode(new FlowModMessage { Xid = 7, Actions = [new OutputAction(1)] }), Unknown, ShortFlowMod];
        byte[][] up = [OpenFlowCodec.Encode(Frames.PacketIn(1, new byte[60])), Unknown, OpenFlowCodec.Encode(new BarrierReplyMessage { Xid = 9 })];

        foreach (var message in down)
            await upstream.SendBytesAsync(message);
        foreach (var message in up)
            await peer.SendBytesAsync(message);

        foreach (var message in down)
            Assert.Equal(message, await peer.ReadBytesAsync());
        foreach (var message in up)
            Assert.Equal(message, await upstream.ReadBytesAsync());
    }

    [Fact]
    public async Task Dial_BeforeFeatures_DoesNotHappen()
    {
        await using var proxy = new RunningProxy();
        using var peer = await ScriptedSwitch.ConnectAsync(proxy.Endpoint);
        await peer.SendAsync(new HelloMessage { Version = 6 });
        await peer.ExpectAsync<HelloMessage>();
        var accepted = proxy.AcceptAsync();
        await peer.ExpectAsync<FeaturesRequestMessage>();
        await peer.ExpectNothingAsync();
        Assert.False(accepted.IsCompleted);

        await peer.SendAsync(ScriptedSwitch.Features(1));
        using var upstream = await accepted;
        Assert.Equal(1, (await upstream.ExpectAsync<HelloMessage>()).Version);
    }

    [Fact]
    public async Task SwitchGone_ClosesItsUpstream()
    {
        await using var proxy = new RunningProxy();
        var peer = await proxy.SwitchAsync();
        using var upstream = await proxy.UpstreamAsync();
        peer.Dispose();
        await upstream.ExpectCloseAsync();
    }

    [Fact]
    public async Task UpstreamGone_LeavesTheSwitchAndIsDialledAgain()
    {
        await using var proxy = new RunningProxy();
        using var peer = await proxy.SwitchAsync();
        (await proxy.UpstreamAsync()).Dispose();
        using var again = await proxy.UpstreamAsync();
        await peer.SendAsync(new BarrierReplyMessage { Xid = 3 });
        Assert.Equal(3u, (await again.ExpectAsync<BarrierReplyMessage>()).Xid);
    }

    [Fact]
    public async Task Hello_RefusedByTheUpstream_IsSaidOnce()
    {
        await using var proxy = new RunningProxy();
        using var peer = await proxy.SwitchAsync();
        for (var i = 0; i < 2; i++)
        {
            using var upstream = await proxy.AcceptAsync();
            await upstream.SendAsync(new HelloMessage { Version = 4 });
            await upstream.SendAsync(new ErrorMessage { ErrorType = ErrorType.HelloFailed });
            await upstream.ExpectCloseAsync();
        }
        await proxy.Log.UntilAsync(4031, "refuses OpenFlow 1.0");
        Assert.Single(proxy.Log.OfEvent(4031));
    }

    [Fact]
    public async Task Hello_UpstreamOfLaterVersionsAlone_IsRefusedWithTheReason()
    {
        await using var proxy = new RunningProxy();
        using var peer = await proxy.SwitchAsync();
        using var upstream = await proxy.AcceptAsync();
        await upstream.ExpectAsync<HelloMessage>();
        await upstream.SendAsync(new HelloMessage { Version = 4, Body = new byte[] { 0, 1, 0, 8, 0, 0, 0, 0b1_0000 } });

        Assert.Equal(ErrorType.HelloFailed, (await upstream.ExpectAsync<ErrorMessage>()).ErrorType);
        await proxy.Log.UntilAsync(4031, "it speaks OpenFlow 1.3, the switch OpenFlow 1.0");
    }

    [Fact]
    public async Task UpstreamGone_WhatItSetForItsConnection_IsTakenBack()
    {
        await using var proxy = new RunningProxy();
        using var peer = await proxy.SwitchAsync();
        using (var upstream = await proxy.UpstreamAsync())
        {
            await upstream.SendAsync(new NiciraRoleRequest(NiciraRole.Secondary).ToVendorMessage(1));
            await upstream.SendAsync(new NiciraSetPacketInFormat(NiciraPacketInFormat.Nicira).ToVendorMessage(2));
            await upstream.SendAsync(new NiciraSetFlowFormat(NiciraFlowFormat.Nxm).ToVendorMessage(3));
            await upstream.SendAsync(new NiciraSetFlowFormat(NiciraFlowFormat.OpenFlow10).ToVendorMessage(4));
            for (var i = 0; i < 4; i++)
                await peer.ExpectAsync<VendorMessage>();
        }
        Assert.Equal(new NiciraRoleRequest(NiciraRole.Equal), NiciraMessage.Of(await peer.ExpectAsync<VendorMessage>()));
        var format = await peer.ExpectAsync<VendorMessage>();
        Assert.Equal(new NiciraSetPacketInFormat(NiciraPacketInFormat.Standard), NiciraMessage.Of(format));

        await peer.SendAsync(new VendorMessage { Xid = format.Xid, Vendor = NiciraMessage.VendorId }); // answers that are nobody's
        using var again = await proxy.UpstreamAsync();
        await peer.SendAsync(new BarrierReplyMessage { Xid = 3 });
        Assert.Equal(3u, (await again.ExpectAsync<BarrierReplyMessage>()).Xid);
    }

    [Fact]
    public async Task Xid_OfTheManagersOwn_IsReplacedOnTheWayAndRestored()
    {
        await using var proxy = new RunningProxy();
        using var peer = await proxy.SwitchAsync();
        using var upstream = await proxy.UpstreamAsync();
        await upstream.SendAsync(new BarrierRequestMessage { Xid = OwnXid });
        var asked = await peer.ExpectAsync<BarrierRequestMessage>();
        Assert.NotEqual(OwnXid, asked.Xid);
        await peer.SendAsync(new BarrierReplyMessage { Xid = asked.Xid });
        Assert.Equal(OwnXid, (await upstream.ExpectAsync<BarrierReplyMessage>()).Xid);

        await peer.SendAsync(new BarrierReplyMessage { Xid = OwnXid }); // of the manager: nobody else's
        await peer.SendAsync(new BarrierReplyMessage { Xid = 1 });
        Assert.Equal(1u, (await upstream.ExpectAsync<BarrierReplyMessage>()).Xid);
    }

    [Fact]
    public async Task TwoUpstreams_SameXid_EachGetsItsOwnAnswer()
    {
        await using var proxy = new RunningProxy(upstreams: 2);
        using var peer = await proxy.SwitchAsync();
        using var first = await proxy.UpstreamAsync(0);
        using var second = await proxy.UpstreamAsync(1);
        await second.SendAsync(new BarrierRequestMessage { Xid = 5 });
        var ofSecond = await peer.ExpectAsync<BarrierRequestMessage>();
        await first.SendAsync(new GetConfigRequestMessage { Xid = 5 });
        await peer.ExpectAsync<GetConfigRequestMessage>();
        await peer.SendAsync(new GetConfigReplyMessage { Xid = 5 });
        await peer.SendAsync(new BarrierReplyMessage { Xid = ofSecond.Xid });

        Assert.Equal(5u, (await first.ExpectAsync<GetConfigReplyMessage>()).Xid);
        Assert.Equal(5u, (await second.ExpectAsync<BarrierReplyMessage>()).Xid);
    }

    [Fact]
    public async Task TwoUpstreams_OneIsSlave_GetsNoPacketsAndMayNotChangeRules()
    {
        await using var proxy = new RunningProxy(upstreams: 2);
        using var peer = await proxy.SwitchAsync();
        using var first = await proxy.UpstreamAsync(0);
        using var second = await proxy.UpstreamAsync(1);
        await second.SendAsync(new VendorMessage { Xid = 1, Vendor = 0x2320, Data = new byte[] { 0, 0, 0, 10, 0, 0, 0, 2 } });
        Assert.Equal(new byte[] { 0, 0, 0, 11, 0, 0, 0, 2 }, (await second.ExpectAsync<VendorMessage>()).Data.ToArray());
        await peer.SendAsync(Frames.PacketIn(1, new byte[60]));
        await first.ExpectAsync<PacketInMessage>();
        await second.SendAsync(new FlowModMessage { Xid = 2 });
        Assert.Equal((ushort)BadRequestCode.PermissionDenied, (await second.ExpectAsync<ErrorMessage>()).Code);
        await second.SendAsync(new NiciraFlowMod().ToVendorMessage(3));
        Assert.Equal(3u, (await second.ExpectAsync<ErrorMessage>()).Xid);
    }

    [Fact]
    public async Task Lldp_OfTheManager_IsALinkAndNotTheUpstreams()
    {
        await using var proxy = new RunningProxy();
        using var peer = await proxy.SwitchAsync();
        using var upstream = await proxy.UpstreamAsync();
        await peer.SendAsync(Frames.PacketIn(1, LldpFrame.Write(new SwitchPort(9, 4))));
        await upstream.ExpectNothingAsync();
        await Eventually.TrueAsync(() => proxy.Plane.Topology.Snapshot().Links.Count == 1, "the link is known");
    }

    [Fact]
    public async Task Recording_RuleWithOutput_HasTheMirrorForTheSwitchAlone()
    {
        var recorder = new RecordingRecorder();
        await using var proxy = new RunningProxy(datastores: Datastores(), recorder: recorder);
        using var peer = await proxy.SwitchAsync();
        await peer.ExpectAsync<PortModMessage>();
        using var upstream = await proxy.UpstreamAsync();
        OpenFlowAction[] actions = [new SetNwDstAction(new Ipv4Address(1)), new OutputAction(1)];
        var sent = OpenFlowCodec.Encode(new FlowModMessage { Xid = 7, Actions = actions });
        await upstream.SendBytesAsync(sent);

        var wire = await peer.ExpectAsync<FlowModMessage>();
        Assert.Equal([new OutputAction(DatastorePort), .. actions], wire.Actions);
        Assert.Equal(sent, recorder.Messages[^1].Frame.ToArray());

        await peer.SendAsync(new StatsReplyMessage { Xid = 8, Body = new FlowStatsReply { Entries = [new FlowStats { Actions = wire.Actions }] } });
        var flows = (FlowStatsReply)(await upstream.ExpectAsync<StatsReplyMessage>()).Body;
        Assert.Equal(actions, Assert.Single(flows.Entries).Actions);

        await peer.SendAsync(new ErrorMessage { Xid = 7, Data = OpenFlowCodec.Encode(wire).AsMemory(0, 64) });
        Assert.Equal(sent[..64], (await upstream.ExpectAsync<ErrorMessage>()).Data.ToArray());
    }

    [Fact]
    public async Task Recording_RuleThatSendsChangedPacketsToAll_IsSaidOnce()
    {
        await using var proxy = new RunningProxy(datastores: Datastores());
        using var peer = await proxy.SwitchAsync();
        await peer.ExpectAsync<PortModMessage>();
        using var upstream = await proxy.UpstreamAsync();
        for (var i = 0; i < 2; i++)
        {
            await upstream.SendAsync(new FlowModMessage { Actions = [new StripVlanAction(), new OutputAction(PortNumber.All)] });
            await peer.ExpectAsync<FlowModMessage>();
        }
        Assert.Contains("all ports", Assert.Single(proxy.Log.OfEvent(4034)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Datastore_ItsPort_IsNothingThatTheUpstreamSees()
    {
        await using var proxy = new RunningProxy(datastores: Datastores());
        using var peer = await proxy.SwitchAsync();
        await peer.ExpectAsync<PortModMessage>();
        using var upstream = await proxy.UpstreamAsync();
        await peer.SendAsync(ScriptedSwitch.Features(1) with { Xid = 3 });
        Assert.Equal(1, Assert.Single((await upstream.ExpectAsync<FeaturesReplyMessage>()).Ports).Number);

        await peer.SendAsync(Frames.PacketIn(DatastorePort, new byte[60]));
        await peer.SendAsync(new PortStatusMessage { Reason = PortStatusReason.Modify, Port = new PortDescription { Number = DatastorePort } });
        await peer.SendAsync(new StatsReplyMessage
        {
            Xid = 4,
            Body = new PortStatsReply { Entries = [new PortStats { Port = DatastorePort }, new PortStats { Port = 1 }] },
        });
        var ports = (PortStatsReply)(await upstream.ExpectAsync<StatsReplyMessage>()).Body;
        Assert.Equal(1, Assert.Single(ports.Entries).Port);

        await upstream.SendAsync(new PacketOutMessage { Actions = [new OutputAction(PortNumber.All)], Data = new byte[60] });
        Assert.Equal([new OutputAction(1)], (await peer.ExpectAsync<PacketOutMessage>()).Actions);
    }

    [Fact]
    public async Task RenewFlowsAsync_RulesThatStand_GetTheMirrorAndKeepTheRest()
    {
        var datastores = Datastores();
        await using var proxy = new RunningProxy(datastores: datastores);
        using var peer = await proxy.SwitchAsync();
        await peer.ExpectAsync<PortModMessage>();
        using var upstream = await proxy.UpstreamAsync();
        var renewed = proxy.Plane.RenewFlowsAsync([1], CancellationToken.None);
        var request = await peer.ExpectAsync<StatsRequestMessage>();
        await upstream.SendAsync(new FlowModMessage { Xid = 6 }); // waits meanwhile
        await peer.ExpectNothingAsync();
        var stands = new FlowStats { Priority = 5, Cookie = 6, IdleTimeoutSeconds = 7, Actions = [new OutputAction(1)] };
        await peer.SendAsync(new StatsReplyMessage { Xid = request.Xid, Body = new FlowStatsReply { Entries = [stands] } });

        var modify = await peer.ExpectAsync<FlowModMessage>();
        Assert.Equal((FlowModCommand.ModifyStrict, (ushort)5, 6ul, (ushort)7), (modify.Command, modify.Priority, modify.Cookie, modify.IdleTimeoutSeconds));
        Assert.Equal([new OutputAction(DatastorePort), new OutputAction(1)], modify.Actions);
        await peer.SendAsync(new BarrierReplyMessage { Xid = (await peer.ExpectAsync<BarrierRequestMessage>()).Xid });
        await renewed;
        Assert.Equal(6u, (await peer.ExpectAsync<FlowModMessage>()).Xid);
    }

    [Fact]
    public async Task SlowUpstream_ItsSwitchWaitsAndOthersDoNot()
    {
        await using var proxy = new RunningProxy();
        using var slow = await proxy.SwitchAsync(1);
        using var stuck = await proxy.UpstreamAsync();
        using var peer = await proxy.SwitchAsync(2);
        using var upstream = await proxy.UpstreamAsync();
        var large = OpenFlowCodec.Encode(Frames.PacketIn(1, new byte[60_000]));
        var sending = Task.Run(async () =>
        {
            for (var i = 0; i < 1000; i++)
                await slow.SendBytesAsync(large);
        });
        await peer.SendAsync(new BarrierReplyMessage { Xid = 3 });
        await upstream.ExpectAsync<BarrierReplyMessage>();
        Assert.False(sending.IsCompleted);

        for (var i = 0; i < 1000; i++)
            Assert.Equal(large, await stuck.ReadBytesAsync());
        await sending;
    }

    private static DatastorePorts Datastores()
    {
        var datastores = new DatastorePorts { Recording = true };
        datastores.Set(1, DatastorePort);
        return datastores;
    }
}
