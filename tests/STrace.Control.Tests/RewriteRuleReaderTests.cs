using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class RewriteRuleReaderTests
{
    private const ulong Dpid = 2;
    private const long Second = 1_000_000_000;

    private static readonly Match ToVirtual = new()
    {
        DlType = 0x0800,
        NwProto = 6,
        NwSrc = Ipv4Address.Parse("10.0.0.2"),
        NwDst = Ipv4Address.Parse("200.200.200.200"),
        TpSrc = 40000,
        TpDst = 8080,
    };

    private static readonly FlowModMessage Add = new()
    {
        Xid = 1,
        Match = ToVirtual,
        Cookie = 7,
        Priority = 200,
        Actions = [new SetNwDstAction(Ipv4Address.Parse("10.0.0.4")), new SetTpDstAction(80), new OutputAction(2)],
    };

    [Fact]
    public void Read_AddWithRewrite_GivesTheRuleThatAppliesToItsFlow()
    {
        var rule = Assert.Single(Read(To(10, Add)));
        Assert.Equal((10L, (long?)null, Dpid, 7ul, 200), (rule.InstalledNs, rule.RemovedNs, rule.Dpid, rule.Cookie, rule.Priority));
        Assert.Equal("tcp,nw_src=10.0.0.2,nw_dst=200.200.200.200,tp_src=40000,tp_dst=8080", rule.Match);
        Assert.Equal("mod_nw_dst:10.0.0.4,mod_tp_dst:80,output:2", rule.Actions);
        Assert.Equal(RewriteSource.Live, rule.Source);

        var flow = new FlowTuple(6, Endpoint.Parse("10.0.0.2:40000"), Endpoint.Parse("200.200.200.200:8080"));
        Assert.True(rule.Covers(flow));
        Assert.Equal(Endpoint.Parse("10.0.0.4:80"), rule.Apply(flow).Destination);
        Assert.False(rule.Covers(flow with { Source = Endpoint.Parse("10.0.0.3:40000") }));
    }

    [Fact]
    public void Read_Prefixes_AreKept()
    {
        var rule = Assert.Single(Read(To(1, Add with { Match = ToVirtual with { NwSrcPrefixLength = 24, TpSrc = null } })));
        Assert.Equal(new IpPrefix(IpAddress.Parse("10.0.0.0"), 24), rule.MatchSource);
        Assert.Null(rule.MatchSourcePort);
    }

    [Fact]
    public void Read_RulesWithoutRewrite_GivesNone() => Assert.Empty(Read(
        To(1, Add with { Actions = [new SetDlDstAction(default), new OutputAction(2)] }),
        To(2, Add with { Match = new Match { DlType = 0x0806 } }),
        To(3, Add with { Match = ToVirtual with { TpSrc = 1 }, Actions = [new OutputAction(2), new SetNwDstAction(default)] }),
        To(4, Add with { Match = ToVirtual with { TpSrc = 2 }, Actions = [new SetNwDstAction(default)] })));

    [Fact]
    public void Read_FlowModFromASwitch_IsNoRule() =>
        Assert.Empty(Read(new RecordedControlMessage(1, Dpid, ControlDirection.FromSwitch, OpenFlowCodec.Encode(Add))));

    [Fact]
    public void Read_MirrorBeforeTheRewrite_StillRewrites() =>
        Assert.Single(Read(To(1, Add with { Actions = [new OutputAction(9), .. Add.Actions] })));

    [Theory]
    [MemberData(nameof(Ends))]
    public void Read_RuleEnds_AtThatMessage(string how, OpenFlowMessage message)
    {
        var direction = message is FlowRemovedMessage ? ControlDirection.FromSwitch : ControlDirection.ToSwitch;
        var rules = Read(To(10, Add), new RecordedControlMessage(20, Dpid, direction, OpenFlowCodec.Encode(message)));
        Assert.True(rules[0].RemovedNs == 20, how);
    }

    public static TheoryData<string, OpenFlowMessage> Ends => new()
    {
        { "delete all", new FlowModMessage { Command = FlowModCommand.Delete } },
        { "delete a prefix", new FlowModMessage { Command = FlowModCommand.Delete, Match = ToVirtual with { NwSrcPrefixLength = 8 } } },
        { "delete by output port", new FlowModMessage { Command = FlowModCommand.Delete, OutPort = 2 } },
        { "delete strictly", Add with { Command = FlowModCommand.DeleteStrict, Actions = [] } },
        { "overwrite", Add with { Xid = 2, Actions = [new OutputAction(1)] } },
        { "modify", Add with { Command = FlowModCommand.Modify, Match = Match.Any, Actions = [new OutputAction(1)] } },
        { "flow removed", new FlowRemovedMessage { Match = ToVirtual, Priority = 200, Cookie = 7 } },
        { "flow removed, by cookie", new FlowRemovedMessage { Match = ToVirtual with { InPort = 1 }, Priority = 200, Cookie = 7 } },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void Read_MessageAboutOtherRules_LeavesTheRule(string how, OpenFlowMessage message)
    {
        var direction = message is FlowRemovedMessage ? ControlDirection.FromSwitch : ControlDirection.ToSwitch;
        var rules = Read(To(10, Add), new RecordedControlMessage(20, Dpid, direction, OpenFlowCodec.Encode(message)));
        Assert.True(rules[0].RemovedNs is null, how);
    }

    public static TheoryData<string, OpenFlowMessage> Others => new()
    {
        { "delete narrower", new FlowModMessage { Command = FlowModCommand.Delete, Match = ToVirtual with { InPort = 1 } } },
        { "delete by another port", new FlowModMessage { Command = FlowModCommand.Delete, OutPort = 3 } },
        { "delete strictly, other priority", Add with { Command = FlowModCommand.DeleteStrict, Priority = 100 } },
        { "add, other priority", Add with { Xid = 2, Priority = 100 } },
        { "flow removed of an earlier one", new FlowRemovedMessage { Match = ToVirtual, Priority = 200, Cookie = 6 } },
    };

    [Fact]
    public void Read_MatchWithIgnoredFields_IsTheSameRule()
    {
        var written = Add with { Match = new Match { DlType = 0x0800, NwDst = Ipv4Address.Parse("200.200.200.200"), TpDst = 80 } };
        var reported = new FlowRemovedMessage { Match = written.Match with { TpDst = null }, Priority = 200, Cookie = 7 };
        Assert.Equal(20, Assert.Single(Read(To(10, written), From(20, reported))).RemovedNs);
    }

    [Fact]
    public void Read_ModifyWithRewrite_BeginsARuleWhereItMatches()
    {
        var plain = Add with { Actions = [new OutputAction(2)] };
        var modify = Add with { Xid = 2, Command = FlowModCommand.Modify, Match = Match.Any };
        var rule = Assert.Single(Read(To(10, plain), To(20, modify)));
        Assert.Equal((20L, (ushort?)8080), (rule.InstalledNs, rule.MatchDestinationPort));
    }

    [Fact]
    public void Read_ModifyOfNothing_IsAnAdd() =>
        Assert.Equal(10, Assert.Single(Read(To(10, Add with { Command = FlowModCommand.ModifyStrict }))).InstalledNs);

    [Fact]
    public void Read_Error_MeansItNeverWasAndTheOverwrittenStands()
    {
        var refused = Add with { Xid = 2, Cookie = 8 };
        var error = new ErrorMessage
        {
            Xid = 2,
            ErrorType = ErrorType.BadRequest,
            Code = (ushort)BadRequestCode.BufferUnknown,
            Data = OpenFlowCodec.Encode(refused).AsMemory(0, 64),
        };
        var rule = Assert.Single(Read(To(10, Add), To(20, refused), From(21, error)));
        Assert.Equal((7ul, (long?)null), (rule.Cookie, rule.RemovedNs));
    }

    [Fact]
    public void Read_ErrorOfAnotherKindOfMessage_UndoesNothing()
    {
        var error = new ErrorMessage { Xid = 1, Data = OpenFlowCodec.Encode(new PacketOutMessage { Xid = 1 }) };
        Assert.Single(Read(To(10, Add), From(11, error)));
    }

    [Fact]
    public void Read_FlowStatistics_GiveRulesOfBeforeTheSession()
    {
        var rule = Assert.Single(Read(From(100 * Second, Stats(seconds: 30, nanoseconds: 5))));
        Assert.Equal((70 * Second) - 5, rule.InstalledNs);
        Assert.Equal(0, Assert.Single(Read(From(10 * Second, Stats(seconds: 30)))).InstalledNs);
    }

    [Fact]
    public void Read_FlowStatisticsOfAKnownRule_GiveItOnce()
    {
        var rules = Read(To(99 * Second, Add), From(100 * Second, Stats(seconds: 1)), From(101 * Second, Stats(seconds: 2)));
        Assert.Equal(99 * Second, Assert.Single(rules).InstalledNs);
    }

    [Fact]
    public void Read_FlowStatisticsThatCrossTheDeletion_DoNotRevive()
    {
        var delete = new FlowModMessage { Command = FlowModCommand.Delete };
        var rules = Read(To(90 * Second, Add), To((100 * Second) - 1, delete), From(100 * Second, Stats(seconds: 9)));
        Assert.NotNull(Assert.Single(rules).RemovedNs);
    }

    [Fact]
    public void Read_BrokenMessage_IsSkippedAndCounted()
    {
        var broken = new RecordedControlMessage(5, Dpid, ControlDirection.FromSwitch, new byte[] { 1, 10, 0, 9, 0, 0, 0, 0, 0 });
        var reading = RewriteRuleReader.Read([broken, To(10, Add)]);
        Assert.Equal((1, 1), (reading.BrokenMessages, reading.Rules.Count));
    }

    [Fact]
    public void Pass_HardTimeout_EndsTheRule()
    {
        var follower = new RewriteRuleFollower(keepNs: Second);
        var added = Assert.Single(follower.Apply(To(10, Add with { HardTimeoutSeconds = 5 })));
        Assert.Empty(follower.Pass(5 * Second));
        Assert.Equal(new RewriteRuleChange(added.Now, added.Now! with { RemovedNs = 10 + (5 * Second) }), Assert.Single(follower.Pass(6 * Second)));
    }

    [Fact]
    public void Read_TwoSwitches_AreApart()
    {
        var delete = new FlowModMessage { Command = FlowModCommand.Delete };
        var rules = Read(To(1, Add), To(2, Add) with { Dpid = 3 }, To(3, delete) with { Dpid = 3 });
        Assert.Equal([(2ul, (long?)null), (3ul, 3L)], rules.Select(rule => (rule.Dpid, rule.RemovedNs)));
    }

    private static StatsReplyMessage Stats(uint seconds, uint nanoseconds = 0) => new()
    {
        Body = new FlowStatsReply
        {
            Entries =
            [
                new FlowStats
                {
                    Match = ToVirtual,
                    Priority = 200,
                    Cookie = 7,
                    DurationSeconds = seconds,
                    DurationNanoseconds = nanoseconds,
                    Actions = Add.Actions,
                },
            ],
        },
    };

    /// <summary>Who follows the messages one by one has come to know the same.</summary>
    private static IReadOnlyList<RewriteRule> Read(params RecordedControlMessage[] messages)
    {
        var rules = RewriteRuleReader.Read(messages).Rules;
        var follower = new RewriteRuleFollower(keepNs: long.MaxValue / 2);
        var followed = new List<RewriteRule>();
        foreach (var message in messages)
        {
            foreach (var change in follower.Apply(message))
            {
                if (change.Was is not null)
                    Assert.True(followed.Remove(change.Was));
                if (change.Now is not null)
                    followed.Add(change.Now);
            }
        }
        Assert.Equal(rules, followed.OrderBy(rule => rule.InstalledNs));
        return rules;
    }

    private static RecordedControlMessage To(long timeNs, OpenFlowMessage message) =>
        new(timeNs, Dpid, ControlDirection.ToSwitch, OpenFlowCodec.Encode(message));

    private static RecordedControlMessage From(long timeNs, OpenFlowMessage message) =>
        new(timeNs, Dpid, ControlDirection.FromSwitch, OpenFlowCodec.Encode(message));
}
