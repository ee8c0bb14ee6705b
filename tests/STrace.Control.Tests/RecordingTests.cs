using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class RecordingTests
{
    [Fact]
    public async Task Record_WholeConnection_IsEveryByteOfBothDirectionsInOrder()
    {
        var recorder = new RecordingRecorder();
        await using var controller = new RunningController(recorder: recorder);
        using var peer = await controller.SwitchAsync(0xab);
        await peer.SendBytesAsync([1, 99, 0, 8, 0, 0, 0, 0]);
        await peer.SendAsync(new EchoRequestMessage { Xid = 3, Data = new byte[] { 9 } });
        await peer.ExpectAsync<EchoReplyMessage>();

        var messages = recorder.Messages;
        Assert.All(messages, message => Assert.Equal(0xabul, message.Dpid));
        Assert.Equal(peer.Sent, Frames(messages, ControlDirection.FromSwitch));
        Assert.Equal(peer.Received, Frames(messages, ControlDirection.ToSwitch));
        Assert.Equal(messages.Select(message => message.TimeNs).Order(), messages.Select(message => message.TimeNs));
        Assert.Equal(peer.Received[^1], messages[^1].Frame.ToArray());
    }

    [Fact]
    public async Task Record_ClockMoves_TimeIsNanosecondsSinceTheEpoch()
    {
        var recorder = new RecordingRecorder();
        await using var controller = new RunningController(recorder: recorder);
        using var peer = await controller.SwitchAsync();
        controller.Time.Advance(TimeSpan.FromMilliseconds(500));
        await peer.ExpectNothingAsync();

        var startNs = (ManualTime.Start - DateTimeOffset.UnixEpoch).Ticks * 100;
        Assert.Equal(startNs, recorder.Messages[0].TimeNs);
        Assert.InRange(recorder.Messages[^1].TimeNs - startNs, 499_999_000, 500_000_000);
    }

    [Fact]
    public async Task Record_PeerWithoutDpid_IsNotRecorded()
    {
        var recorder = new RecordingRecorder();
        await using var controller = new RunningController(recorder: recorder);
        using var peer = await ScriptedSwitch.ConnectAsync(controller.Endpoint);
        await peer.SendAsync(new HelloMessage());
        await peer.ExpectAsync<HelloMessage>();
        await peer.ExpectAsync<FeaturesRequestMessage>();

        Assert.Empty(recorder.Messages);
    }

    [Fact]
    public async Task SnapshotAsync_AnswersPassTheRecorder()
    {
        var recorder = new RecordingRecorder();
        await using var controller = new RunningController(recorder: recorder);
        using var peer = await controller.SwitchAsync();
        var snapshot = controller.Registry.SnapshotAsync(CancellationToken.None);

        var features = await peer.ExpectAsync<FeaturesRequestMessage>();
        await peer.SendAsync(ScriptedSwitch.Features(1) with { Xid = features.Xid });
        foreach (StatsReplyBody body in (StatsReplyBody[])[new DescriptionStatsReply(), new FlowStatsReply(), new TableStatsReply(), new PortStatsReply()])
        {
            var request = await peer.ExpectAsync<StatsRequestMessage>();
            Assert.Equal(body.Type, request.Body.Type);
            await peer.SendAsync(new StatsReplyMessage { Xid = request.Xid, Body = body });
        }
        await snapshot;
        Assert.Equal(peer.Sent, Frames(recorder.Messages, ControlDirection.FromSwitch));
    }

    [Fact]
    public async Task SnapshotAsync_SwitchThatDoesNotAnswer_EndsAfterTwoSeconds()
    {
        await using var controller = new RunningController();
        using var peer = await controller.SwitchAsync();
        var snapshot = controller.Registry.SnapshotAsync(CancellationToken.None);
        await peer.ExpectAsync<FeaturesRequestMessage>();
        for (var question = 0; question < 4; question++)
            await peer.ExpectAsync<StatsRequestMessage>();
        await peer.ExpectNothingAsync();
        Assert.False(snapshot.IsCompleted);

        controller.Time.Advance(TimeSpan.FromSeconds(2));
        await snapshot.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task CountersAsync_OneSwitchDoesNotAnswer_TellsWhichAfterTheTime()
    {
        await using var controller = new RunningController();
        using var silent = await controller.SwitchAsync(1);
        using var answering = await controller.SwitchAsync(2);
        var counters = controller.Registry.CountersAsync(TimeSpan.FromSeconds(1), CancellationToken.None);
        foreach (StatsReplyBody body in (StatsReplyBody[])[new FlowStatsReply(), new TableStatsReply(), new PortStatsReply()])
        {
            var request = await answering.ExpectAsync<StatsRequestMessage>();
            Assert.Equal(body.Type, request.Body.Type);
            await answering.SendAsync(new StatsReplyMessage { Xid = request.Xid, Body = body });
        }
        await answering.SendAsync(new EchoRequestMessage());
        await answering.ExpectAsync<EchoReplyMessage>(); // its answers have been taken
        Assert.False(counters.IsCompleted);

        controller.Time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([1UL], await counters.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    private static IEnumerable<byte[]> Frames(IEnumerable<RecordedControlMessage> messages, ControlDirection direction) =>
        messages.Where(message => message.Direction == direction).Select(message => message.Frame.ToArray());
}
