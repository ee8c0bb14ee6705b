using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class SwitchTrafficReaderTests
{
    private const long Second = 1_000_000_000;
    private const ulong Dpid = 7;
    private const uint OwnXid = 0xfe00_0000;

    private readonly List<RecordedControlMessage> _messages = [];
    private uint _xid = OwnXid;

    [Fact]
    public void Read_RuleFromBeforeTheSession_CountsWhatItTookInIt()
    {
        Ask(100, new FlowStatsReply { Entries = [Rule(packets: 10, ageSeconds: 50)] });
        Ask(110, new FlowStatsReply { Entries = [Rule(packets: 15, ageSeconds: 60)] });

        var traffic = Read();
        Assert.Equal((5ul, 500ul, 1), (traffic.Packets, traffic.Bytes, traffic.Rules));
        Assert.Equal((100 * Second, (long?)110 * Second, false), (traffic.FromNs, traffic.UntilNs, traffic.Silent));
    }

    [Fact]
    public void Read_RuleInstalledDuringTheSession_CountsWhole()
    {
        Ask(100, new FlowStatsReply());
        Ask(110, new FlowStatsReply { Entries = [Rule(packets: 8, ageSeconds: 5)] });

        Assert.Equal(8ul, Read().Packets);
    }

    [Fact]
    public void Read_RuleThatWent_CountsWhatFlowRemovedSays()
    {
        Ask(100, new FlowStatsReply { Entries = [Rule(packets: 10, ageSeconds: 50)] });
        From(105, Removed(packets: 12, ageSeconds: 55));
        Ask(110, new FlowStatsReply());

        var traffic = Read();
        Assert.Equal((2ul, 200ul, 0), (traffic.Packets, traffic.Bytes, traffic.Rules));
    }

    [Fact]
    public void Read_RuleInstalledAnew_CountsBothLives()
    {
        Ask(100, new FlowStatsReply { Entries = [Rule(packets: 10, ageSeconds: 50)] });
        From(105, Removed(packets: 12, ageSeconds: 55));
        Ask(110, new FlowStatsReply { Entries = [Rule(packets: 20, ageSeconds: 4)] });

        Assert.Equal(22ul, Read().Packets);
    }

    [Fact]
    public void Read_SwitchThatBeganAnew_CountsOn()
    {
        Ask(100, new PortStatsReply { Entries = [new PortStats { Port = 3, SentPackets = 100, SendDropped = 4 }] });
        Ask(110, new PortStatsReply { Entries = [new PortStats { Port = 3, SentPackets = 130, SendDropped = 5 }] });
        Ask(120, new PortStatsReply { Entries = [new PortStats { Port = 3, SentPackets = 7, SendDropped = 1 }] });

        Assert.Equal(new PortTraffic(3, Received: 0, Sent: 37, Dropped: 2, Errors: 0), Assert.Single(Read().Ports));
    }

    [Fact]
    public void Read_CounterThatIsNotKept_IsZero()
    {
        Ask(100, new PortStatsReply { Entries = [new PortStats { Port = 3, ReceiveErrors = ulong.MaxValue }] });
        Ask(110, new PortStatsReply { Entries = [new PortStats { Port = 3, ReceiveErrors = ulong.MaxValue }] });

        Assert.Equal(0ul, Assert.Single(Read().Ports).Errors);
    }

    [Fact]
    public void Read_TableStatistics_TellPacketsWithoutARule()
    {
        Ask(100, new TableStatsReply { Entries = [new TableStats { LookupCount = 50, MatchedCount = 40 }] });
        Ask(110, new TableStatsReply { Entries = [new TableStats { LookupCount = 60, MatchedCount = 47 }] });

        Assert.Equal(3ul, Read().Misses);
    }

    [Fact]
    public void Read_QuestionWithoutAnAnswer_IsSilentSinceTheLast()
    {
        Ask(100, new FlowStatsReply());
        To(110, new StatsRequestMessage { Xid = ++_xid, Body = new FlowStatsRequest() });

        var traffic = Read();
        Assert.Equal((true, (long?)100 * Second), (traffic.Silent, traffic.UntilNs));
    }

    [Fact]
    public void Read_AnswerInParts_CountsTheRulesOfAll()
    {
        Ask(100, new FlowStatsReply { Entries = [Rule(packets: 1, ageSeconds: 1)] });
        From(100, new StatsReplyMessage { Xid = _xid, Body = new FlowStatsReply { Entries = [Rule(packets: 1, ageSeconds: 1, inPort: 2)] } });

        Assert.Equal(2, Read().Rules);
    }

    [Fact]
    public void Read_AnswerToAnUpstreamsQuestion_IsPassedOver()
    {
        Ask(100, new FlowStatsReply { Entries = [Rule(packets: 10, ageSeconds: 50), Rule(packets: 1, ageSeconds: 50, inPort: 2)] });
        From(105, new StatsReplyMessage { Xid = 5, Body = new FlowStatsReply { Entries = [Rule(packets: 12, ageSeconds: 55)] } });

        Assert.Equal(2, Read().Rules);
    }

    [Fact]
    public void Read_SwitchThatNeverAnswered_HasNoTimes()
    {
        To(100, new StatsRequestMessage { Xid = _xid, Body = new FlowStatsRequest() });

        var traffic = Read();
        Assert.Equal((Dpid, null, null, true), (traffic.Dpid, traffic.FromNs, traffic.UntilNs, traffic.Silent));
    }

    private static FlowStats Rule(ulong packets, uint ageSeconds, ushort inPort = 1) => new()
    {
        Match = new Match { InPort = inPort },
        Cookie = 9,
        PacketCount = packets,
        ByteCount = packets * 100,
        DurationSeconds = ageSeconds,
    };

    private static FlowRemovedMessage Removed(ulong packets, uint ageSeconds) => new()
    {
        Match = new Match { InPort = 1 },
        Cookie = 9,
        PacketCount = packets,
        ByteCount = packets * 100,
        DurationSeconds = ageSeconds,
    };

    private void Ask(long atSeconds, StatsReplyBody answer)
    {
        if (answer is FlowStatsReply)
            To(atSeconds, new StatsRequestMessage { Xid = ++_xid, Body = new FlowStatsRequest() });
        From(atSeconds, new StatsReplyMessage { Xid = _xid, Body = answer });
    }

    private void To(long atSeconds, OpenFlowMessage message) => Add(atSeconds, ControlDirection.ToSwitch, message);

    private void From(long atSeconds, OpenFlowMessage message) => Add(atSeconds, ControlDirection.FromSwitch, message);

    private void Add(long atSeconds, ControlDirection direction, OpenFlowMessage message) =>
        _messages.Add(new RecordedControlMessage(atSeconds * Second, Dpid, direction, OpenFlowCodec.Encode(message)));

    private SwitchTraffic Read() => Assert.Single(SwitchTrafficReader.Read(_messages));
}
