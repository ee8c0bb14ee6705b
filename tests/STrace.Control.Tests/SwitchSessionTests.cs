using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class SwitchSessionTests
{
    private static readonly byte[] BrokenEcho = [1, 2, 0, 4, 0, 0, 0, 0];
    private static readonly byte[] ShortPacketIn = [1, 10, 0, 12, 0, 0, 0, 9, 1, 2, 3, 4];

    [Fact]
    public async Task Handshake_HelloOfVersion6_IsAnsweredWith1AndTheSwitchIsUp()
    {
        await using var controller = new RunningController();
        using var peer = await ScriptedSwitch.ConnectAsync(controller.Endpoint);
        await peer.SendAsync(new HelloMessage { Version = 6 });

        Assert.Equal(1, (await peer.ExpectAsync<HelloMessage>()).Version);
        var request = await peer.ExpectAsync<FeaturesRequestMessage>();
        await peer.SendAsync(ScriptedSwitch.Features(7) with { Xid = request.Xid });

        Assert.IsType<DescriptionStatsRequest>((await peer.ExpectAsync<StatsRequestMessage>()).Body);
        Assert.Equal(0xffff, (await peer.ExpectAsync<SetConfigMessage>()).MissSendLength);
        var empty = await peer.ExpectAsync<FlowModMessage>();
        Assert.Equal((FlowModCommand.Delete, Match.Any, PortNumber.None), (empty.Command, empty.Match, empty.OutPort));
        Assert.NotNull(controller.Registry.Find(7));
    }

    [Fact]
    public async Task Handshake_HelloOfVersion0_IsRefusedWithHelloFailed()
    {
        await using var controller = new RunningController();
        using var peer = await ScriptedSwitch.ConnectAsync(controller.Endpoint);
        await peer.SendAsync(new HelloMessage { Version = 0 });

        await peer.ExpectAsync<HelloMessage>();
        Assert.Equal(ErrorType.HelloFailed, (await peer.ExpectAsync<ErrorMessage>()).ErrorType);
        await peer.ExpectCloseAsync();
    }

    [Fact]
    public async Task Handshake_HelloThatListsLaterVersionsAlone_IsRefusedWithThem()
    {
        await using var controller = new RunningController();
        using var peer = await ScriptedSwitch.ConnectAsync(controller.Endpoint);
        await peer.SendAsync(new HelloMessage { Version = 6, Body = new byte[] { 0, 1, 0, 8, 0, 0, 0, 0b101_0000 } });

        await peer.ExpectAsync<HelloMessage>();
        Assert.Equal(ErrorType.HelloFailed, (await peer.ExpectAsync<ErrorMessage>()).ErrorType);
        await controller.Log.UntilAsync(4011, "it speaks OpenFlow 1.3, OpenFlow 1.5");
    }

    [Theory]
    [InlineData(false, "HELLO")]
    [InlineData(true, "FEATURES_REPLY")]
    public async Task Handshake_NoAnswerInTime_ClosesWithTheReason(bool saysHello, string missing)
    {
        await using var controller = new RunningController();
        using var peer = await ScriptedSwitch.ConnectAsync(controller.Endpoint);
        await peer.ExpectAsync<HelloMessage>();
        if (saysHello)
        {
            await peer.SendAsync(new HelloMessage());
            await peer.ExpectAsync<FeaturesRequestMessage>();
        }

        controller.Time.Advance(TimeSpan.FromSeconds(10));
        await peer.ExpectCloseAsync();
        await controller.Log.UntilAsync(4011, $"no {missing} within 10 s");
        Assert.Equal(1, controller.Registry.Disconnects[DisconnectReason.NoHandshake]);
    }

    [Fact]
    public async Task Handshake_ManyMessagesBeforeFeatures_ClosesTheConnection()
    {
        await using var controller = new RunningController();
        using var peer = await ScriptedSwitch.ConnectAsync(controller.Endpoint);
        await peer.SendAsync(new HelloMessage());
        for (var i = 0; i < 256; i++)
            await peer.SendAsync(Frames.PacketIn(1, []));

        await peer.ExpectCloseAsync();
        await controller.Log.UntilAsync(4011, "256 messages before its FEATURES_REPLY");
    }

    [Fact]
    public async Task EchoRequest_FromTheSwitch_IsAnsweredWithItsXidAndData()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        await peer.SendAsync(new EchoRequestMessage { Xid = 77, Data = new byte[] { 1, 2, 3 } });

        var reply = await peer.ExpectAsync<EchoReplyMessage>();
        Assert.Equal(77u, reply.Xid);
        Assert.Equal([1, 2, 3], reply.Data.ToArray());
    }

    [Fact]
    public async Task Silence_AnsweredEcho_KeepsTheConnectionAndUnansweredEndsIt()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        controller.Time.Advance(TimeSpan.FromSeconds(16));
        await peer.ExpectAsync<EchoRequestMessage>();
        await peer.SendAsync(new EchoReplyMessage());
        await peer.ExpectNothingAsync();

        controller.Time.Advance(TimeSpan.FromSeconds(16));
        await peer.ExpectAsync<EchoRequestMessage>();
        controller.Time.Advance(TimeSpan.FromSeconds(16));
        await peer.ExpectCloseAsync();
        await controller.Log.UntilAsync(4011, "silent for 32 s");
    }

    [Theory]
    [MemberData(nameof(BrokenMessages))]
    public async Task BrokenMessage_OfOneSwitch_CostsItsConnectionOnly(byte[] bytes, string logged)
    {
        await using var controller = new RunningController();
        using var bad = await controller.SwitchAsync(1);
        using var good = await controller.SwitchAsync(2);
        await bad.SendBytesAsync(bytes);

        await bad.ExpectCloseAsync();
        await good.ExpectNothingAsync();
        await controller.Log.UntilAsync(4011, "0000000000000001");
        Assert.Contains(logged, Assert.Single(controller.Log.OfEvent(4012)));
        Assert.Contains("0000000000000001 (127.0.0.1:", Assert.Single(controller.Log.OfEvent(4012)));
        Assert.Equal(2ul, Assert.Single(controller.Registry.Connected).Dpid);
        Assert.Equal(1, controller.Registry.Disconnects[DisconnectReason.BrokenMessage]);
    }

    public static TheoryData<byte[], string> BrokenMessages => new()
    {
        { BrokenEcho, "(type unknown, offset 2)" },
        { ShortPacketIn, "(type PacketIn, offset 12)" },
    };

    [Fact]
    public async Task UnknownType_WellFramed_IsLoggedCountedAndIgnored()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        await peer.SendBytesAsync([1, 99, 0, 8, 0, 0, 0, 0]);

        await peer.ExpectNothingAsync();
        Assert.Single(controller.Log.OfEvent(4013));
        Assert.Equal(1, controller.Registry.Snapshot()[0].Received["Unknown"]);
    }

    [Fact]
    public async Task SameDpid_ConnectsAgain_ReplacesTheFirst()
    {
        await using var controller = new RunningController();
        var events = new List<string>();
        controller.Registry.SwitchUp += _ => events.Add("up");
        controller.Registry.SwitchDown += _ => events.Add("down");
        using var first = await controller.SwitchAsync(5);
        var before = controller.Registry.Find(5);
        using var second = await controller.SwitchAsync(5);

        await first.ExpectCloseAsync();
        await controller.Log.UntilAsync(4011, "replaced by a connection from 127.0.0.1:");
        Assert.Equal(["up", "down", "up"], events);
        Assert.NotSame(before, controller.Registry.Find(5));
        await second.ExpectNothingAsync();
    }

    [Fact]
    public async Task Send_SwitchThatDoesNotRead_IsDroppedAndTheOtherServed()
    {
        await using var controller = new RunningController(new ControlOptions { OutgoingLimitBytes = 1 << 20 });
        using var slow = await controller.SwitchAsync(1);
        using var good = await controller.SwitchAsync(2);
        var datapath = controller.Registry.Find(1)!;
        var large = new PacketOutMessage { Data = new byte[60_000] };

        await Assert.ThrowsAsync<ControlException>(async () =>
        {
            for (var i = 0; i < 1000; i++)
                await datapath.SendAsync(large);
        });
        await good.ExpectNothingAsync();
        await controller.Log.UntilAsync(4011, "it does not read");
        Assert.Equal(1, controller.Registry.Disconnects[DisconnectReason.DoesNotRead]);
    }

    [Fact]
    public async Task Close_BySwitchInTheMiddleOfAMessage_IsSaid()
    {
        await using var controller = new RunningController();
        using (var peer = await controller.SwitchAsync())
            await peer.SendBytesAsync([1, 10, 0, 80, 0, 0]);

        await controller.Log.UntilAsync(4011, "closed by the switch in the middle of a message");
        Assert.Empty(controller.Registry.Connected);
    }
}
