using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class HeldRecorderTests
{
    private const ulong Dpid = 0xab;
    private const int BlockBytes = 256 * 1024; // what a burst must fit into
    private const int LongestMessage = ushort.MaxValue;

    private readonly ManualTime _time = new();
    private readonly RecordingRecorder _recorder = new();
    private readonly HeldRecorder _held;

    public HeldRecorderTests() => _held = new HeldRecorder(_recorder, new ControlClock(_time));

    [Fact]
    public void Release_MessagesPassedBefore_AreHandedOnInOrderWithTheDpidAndTheirTimes()
    {
        _held.Sent(Message(MessageType.Hello, 1));
        _held.EndBurst();
        _time.Advance(TimeSpan.FromSeconds(1));
        _held.Received(Message(MessageType.Hello, 2));
        _held.HandOn();
        _held.Sent(Message(MessageType.FeaturesRequest, 3));
        Assert.Empty(_recorder.Messages);

        _held.Release(Dpid);

        Assert.Equal([1, 2, 3], Numbers());
        Assert.All(_recorder.Messages, message => Assert.Equal(Dpid, message.Dpid));
        Assert.InRange(_recorder.Messages[1].TimeNs - _recorder.Messages[0].TimeNs, 999_999_000, 1_000_000_000);
    }

    [Fact]
    public void Received_AnAnswer_IsHandedOnAtOnceBehindWhatCameBefore()
    {
        _held.Release(Dpid);
        Assert.False(_held.Received(Message(MessageType.PacketIn, 1)));
        Assert.True(_held.Received(Message(MessageType.StatsReply, 2)));

        _held.HandOn();

        Assert.Equal([1, 2], Numbers());
    }

    [Fact]
    public void Sent_WhileItReads_StandsBehindWhatItAnswers()
    {
        _held.Release(Dpid);
        for (var i = 0; i < 10; i++)
        {
            _held.Received(Message(MessageType.PacketIn, 2 * i));
            _held.Sent(Message(MessageType.PacketOut, (2 * i) + 1));
        }
        Assert.Empty(_recorder.Messages);

        _held.EndRead();

        Assert.Equal(Enumerable.Range(0, 20), Numbers());
    }

    [Fact]
    public void EndRead_NothingWasAnswered_HandsOnWhatWasReceived()
    {
        _held.Release(Dpid);
        _held.Received(Message(MessageType.PacketIn, 1));

        _held.EndRead();

        Assert.Equal([1], Numbers());
    }

    [Fact]
    public void Sent_LongBurst_IsHandedOnInPiecesThatFitIntoABlock()
    {
        _held.Release(Dpid);
        for (var i = 0; i < 100; i++)
        {
            _held.Received(Message(MessageType.PacketIn, 2 * i, LongestMessage));
            _held.Sent(Message(MessageType.FlowMod, (2 * i) + 1, LongestMessage));
        }
        _held.EndRead();

        Assert.Equal(Enumerable.Range(0, 200), Numbers());
        Assert.InRange(_recorder.MostBytes, LongestMessage, BlockBytes);
    }

    [Fact]
    public void Sent_NobodyRecords_NothingIsKept()
    {
        _held.Release(Dpid);
        _recorder.Records = false;
        Assert.False(_held.IsNeeded);
        _held.Sent(Message(MessageType.FlowMod, 1));

        _recorder.Records = true;
        _held.Sent(Message(MessageType.FlowMod, 2));
        _held.EndBurst();

        Assert.Equal([2], Numbers());
    }

    [Fact]
    public void Sent_AnotherBurst_HasItsOwnTime()
    {
        _held.Release(Dpid);
        for (var i = 0; i < 1000; i++)
            _held.Sent(Message(MessageType.PacketOut, i));
        _held.EndBurst();
        _time.Advance(TimeSpan.FromSeconds(1));
        _held.Sent(Message(MessageType.PacketOut, 1000));
        _held.EndBurst();

        Assert.InRange(_recorder.Messages[^1].TimeNs - _recorder.Messages[^2].TimeNs, 999_999_000, 1_000_000_000);
    }

    [Fact]
    public void Sent_AnswersToSomeOfMany_AreNotBeforeTheirQuestions()
    {
        var held = new HeldRecorder(_recorder, new ControlClock(new RunningTime()));
        held.Release(Dpid);
        for (var i = 0; i < 1000; i++)
        {
            held.Received(Message(MessageType.PacketIn, i));
            if (i % 3 == 0)
                held.Sent(Message(MessageType.PacketOut, i));
        }
        held.EndRead();

        var asked = _recorder.Messages.Where(m => Type(m) == MessageType.PacketIn).ToDictionary(Number, m => m.TimeNs);
        var answers = _recorder.Messages.Where(m => Type(m) == MessageType.PacketOut).ToList();
        Assert.Equal(334, answers.Count);
        Assert.All(answers, answer => Assert.InRange(answer.TimeNs, asked[Number(answer)], long.MaxValue));
    }

    [Fact]
    public async Task Sent_OthersSendWhileItReads_LosesNothingAndKeepsTheOrderOfEach()
    {
        const int messages = 20_000;
        var gate = new Lock();
        _held.Release(Dpid);

        await Task.WhenAll(
            Task.Run(() =>
            {
                for (var i = 0; i < messages; i++)
                {
                    _held.Received(Message(MessageType.PacketIn, i));
                    lock (gate)
                    {
                        if (i % 3 == 0)
                            _held.Sent(Message(MessageType.PacketOut, i));
                        if (i % 100 == 99)
                            _held.EndRead();
                    }
                }
            }),
            Task.Run(() =>
            {
                for (var i = 0; i < messages; i++)
                {
                    lock (gate)
                    {
                        _held.Sent(Message(MessageType.FlowMod, i));
                        _held.EndBurst();
                    }
                }
            }));

        Assert.Equal(Enumerable.Range(0, messages), Numbers(MessageType.PacketIn));
        Assert.Equal(Enumerable.Range(0, messages), Numbers(MessageType.FlowMod));
        var answers = _recorder.Messages.Where(m => Type(m) is MessageType.PacketIn or MessageType.PacketOut).Select(Number).ToList();
        Assert.Equal(Enumerable.Range(0, messages).SelectMany(i => i % 3 == 0 ? new[] { i, i } : [i]), answers);
    }

    private IEnumerable<int> Numbers(MessageType? type = null) =>
        _recorder.Messages.Where(message => type is null || Type(message) == type).Select(Number);

    private static MessageType Type(RecordedControlMessage message) => (MessageType)message.Frame.Span[1];

    private static int Number(RecordedControlMessage message) => BitConverter.ToInt32(message.Frame.Span[4..]);

    private static byte[] Message(MessageType type, int number, int length = 8)
    {
        var message = new byte[length];
        message[1] = (byte)type;
        BitConverter.TryWriteBytes(message.AsSpan(4), number);
        return message;
    }

    /// <summary>Every look at it takes a while.</summary>
    private sealed class RunningTime : TimeProvider
    {
        private long _timestamp;

        public override long GetTimestamp() => _timestamp++;
    }
}
