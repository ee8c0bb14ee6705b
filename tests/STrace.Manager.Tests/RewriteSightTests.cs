using STrace.Control;
using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Manager.Tests;

public sealed class RewriteSightTests
{
    private readonly RewriteSight _sight = new();

    [Fact]
    public void Concerns_SwitchWithoutRulesThatRewrite_Nothing()
    {
        Assert.False(Sees(1, Rule(1)));
        Assert.False(Sees(1, new StatsReplyMessage { Body = new FlowStatsReply { Entries = [new FlowStats { Match = Of(1) }] } }));
        Assert.False(Sees(1, new FlowRemovedMessage { Match = Of(1) }));
        Assert.False(Sees(1, new PacketOutMessage { Actions = [new SetTpSrcAction(1)] }));
        Assert.False(Sees(1, new ErrorMessage()));
    }

    [Fact]
    public void Concerns_RuleThatRewrites_AndWhatFollowsAtItsSwitch()
    {
        Assert.True(Sees(1, Rule(1, new SetTpDstAction(80))));

        Assert.True(Sees(1, Rule(2)));
        Assert.True(Sees(1, new FlowRemovedMessage { Match = Of(1) }));
        Assert.True(Sees(1, new ErrorMessage()));
        Assert.False(Sees(2, Rule(1)));
    }

    [Fact]
    public void Concerns_RuleThatStoodBefore_IsSeenInTheStatistics() => Assert.True(Sees(1, new StatsReplyMessage
    {
        Body = new FlowStatsReply
        {
            Entries = [new FlowStats { Match = Of(1) }, new FlowStats { Match = Of(2), Actions = [new SetNwSrcAction(new Ipv4Address(1))] }],
        },
    }));

    [Fact]
    public void IsLost_RulePassedOverIsChangedToRewrite()
    {
        Sees(1, Rule(1));
        Assert.False(_sight.IsLost);

        Sees(1, Rule(1, new SetTpDstAction(80)) with { Command = FlowModCommand.ModifyStrict });

        Assert.True(_sight.IsLost);
    }

    [Fact]
    public void Concerns_EveryTruncation_ReadsOnlyTheMessage()
    {
        byte[] whole = OpenFlowCodec.Encode(Rule(1, new SetTpDstAction(80)));
        int concerning = 0;
        for (int length = 8; length <= whole.Length; length++)
            concerning += new RewriteSight().Concerns(1, whole.AsSpan(0, length)) ? 1 : 0;

        Assert.InRange(concerning, 1, whole.Length);
    }

    [Fact]
    public void Concerns_RandomRulesOfSwitches_TheSameRewritesAsOfAllMessages()
    {
        var random = new Random(1);
        int lost = 0;
        for (int round = 0; round < 500; round++)
        {
            var sight = new RewriteSight();
            RecordedControlMessage[] all = [.. Enumerable.Range(0, 40).Select(i => Recorded(i, (ulong)random.Next(3), Random(random)))];
            RecordedControlMessage[] seen = [.. all.Where(m => sight.Concerns(m.Dpid, m.Frame.Span))];
            if (sight.IsLost)
                lost++;
            else
                Assert.Equal(Rewrites(all), Rewrites(seen));
        }
        Assert.InRange(lost, 1, 250);
    }

    private bool Sees(ulong dpid, OpenFlowMessage message) => _sight.Concerns(dpid, OpenFlowCodec.Encode(message));

    private static OpenFlowMessage Random(Random random)
    {
        int rule = random.Next(4);
        bool rewrites = random.Next(6) == 0;
        return random.Next(8) switch
        {
            0 => new FlowRemovedMessage { Xid = 1, Match = Of(rule), Priority = OpenFlowConstants.DefaultPriority },
            1 => new ErrorMessage { Xid = (uint)random.Next(40), ErrorType = ErrorType.FlowModFailed },
            2 => new StatsReplyMessage { Body = new FlowStatsReply { Entries = [new FlowStats { Match = Of(rule), Priority = OpenFlowConstants.DefaultPriority }] } },
            _ => Rule(rule, rewrites ? [new SetTpDstAction(80)] : []) with
            {
                Xid = (uint)random.Next(40),
                Command = random.Next(3) == 0 ? (FlowModCommand)random.Next(5) : FlowModCommand.Add,
            },
        };
    }

    private static RecordedControlMessage Recorded(int number, ulong dpid, OpenFlowMessage message) => new(
        number * 1_000_000_000L, dpid, message is FlowModMessage ? ControlDirection.ToSwitch : ControlDirection.FromSwitch, OpenFlowCodec.Encode(message));

    private static List<RewriteRule> Rewrites(IEnumerable<RecordedControlMessage> messages) =>
        [.. RewriteRuleReader.Read(messages).Rules.OrderBy(rule => rule.Dpid).ThenBy(rule => rule.InstalledNs)];

    private static FlowModMessage Rule(int number, params OpenFlowAction[] changes) =>
        new() { Match = Of(number), Actions = [.. changes, new OutputAction(1)] };

    private static Match Of(int number) => new() { DlType = 0x0800, NwProto = 6, TpDst = (ushort)(8000 + number) };
}
