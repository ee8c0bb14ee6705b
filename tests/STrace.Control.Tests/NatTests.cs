using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class NatTests
{
    [Fact]
    public async Task Arp_ForVirtualAddress_IsAnsweredOutOfTheInPort()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        var request = new ArpPacket(ArpPacket.Request, NatScene.ClientMac, NatScene.Client, default, NatScene.Virtual);
        await scene.Peer.SendAsync(Frames.PacketIn(1, request.ToFrame(MacAddress.Broadcast)));

        var answer = await scene.Peer.ExpectAsync<PacketOutMessage>();
        Assert.Equal([new OutputAction(1)], answer.Actions);
        Assert.Equal(PortNumber.None, answer.InPort);
        Assert.True(PacketHeaders.TryRead(answer.Data.Span, out var headers));
        Assert.Equal((NatScene.ClientMac, NatScene.VirtualMac), (headers.Destination, headers.Source));
        Assert.Equal(
            new ArpPacket(ArpPacket.Reply, NatScene.VirtualMac, NatScene.Virtual, NatScene.ClientMac, NatScene.Client), headers.Arp);
        await scene.Peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task Arp_ForVirtualAddressAtAnotherSwitch_IsFlooded()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        using var other = await scene.Controller.SwitchAsync(2);
        var request = new ArpPacket(ArpPacket.Request, NatScene.ClientMac, NatScene.Client, default, NatScene.Virtual);
        await other.SendAsync(Frames.PacketIn(1, request.ToFrame(MacAddress.Broadcast)));

        Assert.Equal([new OutputAction(PortNumber.Flood)], (await other.ExpectAsync<PacketOutMessage>()).Actions);
    }

    [Fact]
    public async Task Call_RealHostKnown_InstallsReverseThenForwardThenSendsThePacketThroughThem()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);

        var (reverse, forward, packet) = await scene.ExpectInstallAsync();
        Assert.Equal("tcp,nw_src=10.0.0.4,nw_dst=10.0.0.2,tp_src=80,tp_dst=40000", reverse.Match.ToString());
        Assert.Equal(
            "mod_dl_src:02:53:54:c8:c8:c8,mod_nw_src:200.200.200.200,mod_tp_src:8080,output:1", string.Join(',', reverse.Actions));
        Assert.Equal("tcp,nw_src=10.0.0.2,nw_dst=200.200.200.200,tp_src=40000,tp_dst=8080", forward.Match.ToString());
        Assert.Equal("mod_dl_dst:00:00:00:00:00:04,mod_nw_dst:10.0.0.4,mod_tp_dst:80,output:2", string.Join(',', forward.Actions));
        Assert.Equal((0x5354_0000_0000_0000ul, 0x5354_0000_0000_0001ul), (reverse.Cookie, forward.Cookie));
        foreach (var rule in (FlowModMessage[])[reverse, forward])
        {
            Assert.Equal(
                (FlowModCommand.Add, 200, 30, FlowModFlags.SendFlowRemoved, OpenFlowConstants.NoBuffer),
                (rule.Command, rule.Priority, rule.IdleTimeoutSeconds, rule.Flags, rule.BufferId));
        }
        Assert.Equal([new OutputAction(PortNumber.Table)], packet.Actions);
        Assert.Equal(1, packet.InPort);
        Assert.Equal(NatScene.Segment(8080), packet.Data.ToArray());
        await scene.Peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task Call_SamePortOnBothSides_DoesNotTouchPorts()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:3332", "10.0.0.4:3332");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(3332);

        var (reverse, forward, _) = await scene.ExpectInstallAsync();
        Assert.Equal("mod_dl_src:02:53:54:c8:c8:c8,mod_nw_src:200.200.200.200,output:1", string.Join(',', reverse.Actions));
        Assert.Equal("mod_dl_dst:00:00:00:00:00:04,mod_nw_dst:10.0.0.4,output:2", string.Join(',', forward.Actions));
    }

    [Fact]
    public async Task Call_ClientAndServerBehindOnePort_GoesBackByInPort()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:3332", "10.0.0.4:3332");
        await scene.ServerSpeaksAsync(port: 1);
        await scene.ClientCallsAsync(3332);

        var (reverse, forward, _) = await scene.ExpectInstallAsync();
        Assert.Equal("tcp,in_port=1,nw_src=10.0.0.4,nw_dst=10.0.0.2,tp_src=3332,tp_dst=40000", reverse.Match.ToString());
        Assert.Equal("tcp,in_port=1,nw_src=10.0.0.2,nw_dst=200.200.200.200,tp_src=40000,tp_dst=3332", forward.Match.ToString());
        Assert.Equal(new OutputAction(PortNumber.InPort), reverse.Actions[^1]);
        Assert.Equal(new OutputAction(PortNumber.InPort), forward.Actions[^1]);
    }

    [Fact]
    public async Task Call_Retransmitted_IsForwardedWithoutInstallingTwice()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);
        var (_, forward, _) = await scene.ExpectInstallAsync();
        await scene.ClientCallsAsync(8080);

        Assert.Equal(forward.Actions, (await scene.Peer.ExpectAsync<PacketOutMessage>()).Actions);
        await scene.Peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task Call_SwitchHasLostTheRules_InstallsThemAgain()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);
        await scene.ExpectInstallAsync();
        scene.Controller.Time.Advance(TimeSpan.FromSeconds(2));
        await scene.ClientCallsAsync(8080);

        Assert.Equal(0x5354_0000_0000_0002ul, (await scene.ExpectInstallAsync()).Reverse.Cookie);
    }

    [Fact]
    public async Task Call_RealHostUnknown_AsksByArpOnceAndGoesOnWithTheAnswer()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ClientCallsAsync(8080, fromPort: 40000);
        var question = await scene.Peer.ExpectAsync<PacketOutMessage>();
        await scene.ClientCallsAsync(8080, fromPort: 40001);
        await scene.Peer.ExpectNothingAsync();

        Assert.Equal([new OutputAction(PortNumber.Flood)], question.Actions);
        Assert.True(PacketHeaders.TryRead(question.Data.Span, out var headers));
        Assert.Equal(MacAddress.Broadcast, headers.Destination);
        Assert.Equal(new ArpPacket(ArpPacket.Request, NatScene.VirtualMac, NatScene.Virtual, default, NatScene.Server), headers.Arp);

        await AnswerArpAsync(scene);
        Assert.Equal((ushort?)40000, (await scene.ExpectInstallAsync()).Forward.Match.TpSrc);
        Assert.Equal((ushort?)40001, (await scene.ExpectInstallAsync()).Forward.Match.TpSrc);
        await scene.Peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task Call_RealHostAnswersTooLate_DropsTheOldPacketAndSaysSo()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ClientCallsAsync(8080);
        await scene.Peer.ExpectAsync<PacketOutMessage>();
        scene.Controller.Time.Advance(TimeSpan.FromSeconds(4));
        await AnswerArpAsync(scene);

        await scene.Peer.ExpectNothingAsync();
        Assert.Equal(
            "4021: switch 0000000000000001: 10.0.0.4 does not answer ARP, 1 packets to it dropped",
            Assert.Single(scene.Controller.Log.OfEvent(4021)));
    }

    [Fact]
    public async Task Call_MorePacketsThanMayWait_KeepsTheLast()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        for (ushort port = 1; port <= 65; port++)
            await scene.ClientCallsAsync(8080, fromPort: port);
        await scene.Peer.ExpectAsync<PacketOutMessage>();
        await scene.Peer.ExpectNothingAsync();
        await AnswerArpAsync(scene);

        for (ushort port = 2; port <= 65; port++)
            Assert.Equal(port, (await scene.ExpectInstallAsync()).Forward.Match.TpSrc);
        await scene.Peer.ExpectNothingAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task FlowRemoved_OfOneRule_DeletesTheOtherAndTheNextCallInstallsBoth(ulong which)
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);
        var (reverse, forward, _) = await scene.ExpectInstallAsync();
        await scene.Peer.SendAsync(new FlowRemovedMessage { Cookie = reverse.Cookie + which, Reason = FlowRemovedReason.IdleTimeout });

        foreach (var rule in (FlowModMessage[])[forward, reverse])
        {
            var delete = await scene.Peer.ExpectAsync<FlowModMessage>();
            Assert.Equal((FlowModCommand.DeleteStrict, rule.Match, 200), (delete.Command, delete.Match, delete.Priority));
        }
        await scene.ClientCallsAsync(8080);
        await scene.ExpectInstallAsync();
    }

    [Fact]
    public async Task Answer_RulesOnTheirWay_IsTranslatedByTheController()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);
        var (reverse, _, _) = await scene.ExpectInstallAsync();
        await scene.ServerAnswersAsync(80);

        Assert.Equal(reverse.Actions, (await scene.Peer.ExpectAsync<PacketOutMessage>()).Actions);
        await scene.Peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task Answer_ConnectionWithoutRules_InstallsThemAndGoesThrough()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        var first = await LoseRulesAsync(scene);
        await scene.ServerAnswersAsync(80);

        var (reverse, forward, packet) = await scene.ExpectInstallAsync();
        Assert.Equal((first.Match, first.Cookie + 2), (reverse.Match, reverse.Cookie));
        Assert.Equal(new SetTpDstAction(80), forward.Actions[2]);
        Assert.Equal([new OutputAction(PortNumber.Table)], packet.Actions);
    }

    [Fact]
    public async Task Answer_ClientHasCalledTheRealHostSince_IsOrdinaryL2()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await LoseRulesAsync(scene);
        await scene.Peer.SendAsync(
            Frames.PacketIn(1, Frames.Tcp(NatScene.ClientMac, NatScene.ServerMac, NatScene.Client, 40000, NatScene.Server, 80)));
        await scene.Peer.ExpectAsync<FlowModMessage>();
        await scene.Peer.ExpectAsync<PacketOutMessage>();
        await scene.ServerAnswersAsync(80);

        Assert.Equal([new OutputAction(1)], (await scene.Peer.ExpectAsync<FlowModMessage>()).Actions);
    }

    [Fact]
    public async Task RealHost_Moved_LosesItsRules()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);
        await scene.ExpectInstallAsync();
        await AnswerArpAsync(scene, port: 3);

        Assert.Equal(FlowModCommand.DeleteStrict, (await scene.Peer.ExpectAsync<FlowModMessage>()).Command);
        Assert.Equal(FlowModCommand.DeleteStrict, (await scene.Peer.ExpectAsync<FlowModMessage>()).Command);
        await scene.ClientCallsAsync(8080);
        Assert.Equal(new OutputAction(3), (await scene.ExpectInstallAsync()).Forward.Actions[^1]);
    }

    [Fact]
    public async Task Call_ToTheRealAddressItself_IsOrdinaryL2()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.Peer.SendAsync(
            Frames.PacketIn(1, Frames.Tcp(NatScene.ClientMac, NatScene.ServerMac, NatScene.Client, 40000, NatScene.Server, 80)));

        var rule = await scene.Peer.ExpectAsync<FlowModMessage>();
        Assert.Equal("in_port=1,dl_src=00:00:00:00:00:02,dl_dst=00:00:00:00:00:04", rule.Match.ToString());
        Assert.Equal([new OutputAction(2)], rule.Actions);
    }

    [Fact]
    public async Task Call_ToAPortWithoutEntry_IsDropped()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8081);

        await scene.Peer.ExpectNothingAsync();
    }

    [Fact]
    public async Task Ping_OnlyPortEntries_IsAnsweredByTheController()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.Peer.SendAsync(
            Frames.PacketIn(1, Frames.EchoRequest(NatScene.ClientMac, NatScene.VirtualMac, NatScene.Client, NatScene.Virtual)));

        var answer = await scene.Peer.ExpectAsync<PacketOutMessage>();
        Assert.Equal([new OutputAction(1)], answer.Actions);
        var frame = answer.Data.ToArray();
        Assert.True(PacketHeaders.TryRead(frame, out var headers));
        Assert.Equal((NatScene.ClientMac, NatScene.VirtualMac), (headers.Destination, headers.Source));
        Assert.Equal(new Ipv4Headers(1, NatScene.Virtual, NatScene.Client, 0, 0, true), headers.Ip);
        Assert.Equal(0, Frames.Checksum(frame.AsSpan(14, 20)));
        Assert.Equal(0, Frames.Checksum(frame.AsSpan(34)));
        Assert.Equal([0x12, 0x34, 0, 1, 0xfe, 0xdc], frame[38..]);
    }

    [Fact]
    public async Task Ping_EntryWithoutPort_IsTranslatedByAddresses()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200", "10.0.0.4");
        await scene.ServerSpeaksAsync();
        await scene.Peer.SendAsync(
            Frames.PacketIn(1, Frames.EchoRequest(NatScene.ClientMac, NatScene.VirtualMac, NatScene.Client, NatScene.Virtual)));

        var (reverse, forward, _) = await scene.ExpectInstallAsync();
        Assert.Equal("icmp,nw_src=10.0.0.4,nw_dst=10.0.0.2,icmp_type=0,icmp_code=0", reverse.Match.ToString());
        Assert.Equal("icmp,nw_src=10.0.0.2,nw_dst=200.200.200.200,icmp_type=8,icmp_code=0", forward.Match.ToString());
        Assert.Equal("mod_dl_dst:00:00:00:00:00:04,mod_nw_dst:10.0.0.4,output:2", string.Join(',', forward.Actions));
    }

    [Fact]
    public async Task Call_EntryWithoutPort_KeepsThePortThatWasCalled()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200", "10.0.0.4");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(4711);

        var (reverse, forward, _) = await scene.ExpectInstallAsync();
        Assert.Equal(((ushort?)4711, (ushort?)4711), (reverse.Match.TpSrc, forward.Match.TpDst));
    }

    [Fact]
    public async Task Reconnect_ConnectionWithRules_GetsThemBack()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);
        var (reverse, forward, _) = await scene.ExpectInstallAsync();
        using var again = await scene.Controller.SwitchAsync();

        foreach (var rule in (FlowModMessage[])[reverse, forward])
        {
            var restored = await again.ExpectAsync<FlowModMessage>();
            Assert.Equal((FlowModCommand.Add, rule.Match, rule.Cookie + 2), (restored.Command, restored.Match, restored.Cookie));
            Assert.Equal(rule.Actions, restored.Actions);
        }
    }

    [Fact]
    public async Task Call_SeveralRealHosts_TakesThemInTurn()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80", "10.0.0.5:81");
        await scene.ServerSpeaksAsync();
        await SecondServerSpeaksAsync(scene);
        var reals = new List<string>();
        for (ushort port = 1; port <= 4; port++)
        {
            await scene.ClientCallsAsync(8080, fromPort: port);
            reals.Add(string.Join(',', (await scene.ExpectInstallAsync()).Forward.Actions.Skip(1)));
        }

        Assert.Equal(
            ["mod_nw_dst:10.0.0.4,mod_tp_dst:80,output:2", "mod_nw_dst:10.0.0.5,mod_tp_dst:81,output:3"], reals.Take(2));
        Assert.Equal(reals.Take(2), reals.Skip(2));
    }

    [Fact]
    public async Task Call_AgainOnAnIdleConnection_StaysWithItsRealHost()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80", "10.0.0.5:81");
        await SecondServerSpeaksAsync(scene);
        var first = await LoseRulesAsync(scene);
        await scene.ClientCallsAsync(8080);

        Assert.Equal(first.Match, (await scene.ExpectInstallAsync()).Reverse.Match);
    }

    [Fact]
    public async Task Call_OneOfTwoRealHostsUnknown_TakesTheOtherAndAsksForIt()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8080", "10.0.0.4:80", "10.0.0.5:81");
        await SecondServerSpeaksAsync(scene);
        await scene.ClientCallsAsync(8080);

        Assert.True(PacketHeaders.TryRead((await scene.Peer.ExpectAsync<PacketOutMessage>()).Data.Span, out var question));
        Assert.Equal(NatScene.Server, question.Arp!.Value.TargetIp);
        Assert.Equal(new SetNwDstAction(Ipv4Address.Parse("10.0.0.5")), (await scene.ExpectInstallAsync()).Forward.Actions[1]);
    }

    [Fact]
    public async Task Call_InAPortRange_GoesToThePortAtTheSamePlace()
    {
        await using var scene = await NatScene.StartAsync("200.200.200.200:8000-8009", "10.0.0.4:9000-9009");
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8003);

        var (reverse, forward, _) = await scene.ExpectInstallAsync();
        Assert.Equal((new SetTpDstAction(9003), (ushort?)9003), (forward.Actions[2], reverse.Match.TpSrc));
        await scene.ClientCallsAsync(8010);
        await scene.Peer.ExpectNothingAsync();
    }

    /// <summary>A connection is made and stays idle.</summary>
    /// <returns>The reverse rule that it had.</returns>
    private static async Task<FlowModMessage> LoseRulesAsync(NatScene scene)
    {
        await scene.ServerSpeaksAsync();
        await scene.ClientCallsAsync(8080);
        var (reverse, _, _) = await scene.ExpectInstallAsync();
        await scene.Peer.SendAsync(new FlowRemovedMessage { Cookie = reverse.Cookie, Reason = FlowRemovedReason.IdleTimeout });
        await scene.Peer.ExpectAsync<FlowModMessage>();
        await scene.Peer.ExpectAsync<FlowModMessage>();
        return reverse;
    }

    private static async Task SecondServerSpeaksAsync(NatScene scene)
    {
        var mac = MacAddress.Parse("00:00:00:00:00:05");
        var request = new ArpPacket(ArpPacket.Request, mac, Ipv4Address.Parse("10.0.0.5"), default, NatScene.Client);
        await scene.Peer.SendAsync(Frames.PacketIn(3, request.ToFrame(MacAddress.Broadcast)));
        await scene.Peer.ExpectAsync<PacketOutMessage>();
    }

    private static Task AnswerArpAsync(NatScene scene, ushort port = 2)
    {
        var answer = new ArpPacket(ArpPacket.Reply, NatScene.ServerMac, NatScene.Server, NatScene.VirtualMac, NatScene.Virtual);
        return scene.Peer.SendAsync(Frames.PacketIn(port, answer.ToFrame(NatScene.VirtualMac)));
    }
}
