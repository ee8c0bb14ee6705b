using STrace.Model;
using STrace.OpenFlow;
using static STrace.Control.Tests.NiciraActions;

namespace STrace.Control.Tests;

public sealed class NiciraRewriteTests
{
    private const ulong Dpid = 2;
    private const string Start = "10.0.0.2:40000->200.200.200.200:8080";

    private static readonly FlowTuple Flow = new(6, Endpoint.Parse("10.0.0.2:40000"), Endpoint.Parse("200.200.200.200:8080"));
    private static readonly Match AnyTcp = new() { DlType = 0x0800, NwProto = 6 };
    private static readonly OutputAction Out = new(2);
    private static readonly SetNwDstAction SetDestination = new(Ipv4Address.Parse("10.0.0.4"));

    private static readonly Dictionary<string, OpenFlowAction[]> Rules = new()
    {
        ["load an address"] = [Load(0x0a000004, NiciraField.IpDst), Out],
        ["load an address, by OXM"] = [Load(0x0a000004, 0x80001804), Out],
        ["load a port"] = [Load(80, NiciraField.TcpDst, 0, 16), Out],
        ["load a network"] = [Load(0x0a0000, NiciraField.IpDst, 8, 24), Out],
        ["move an address"] = [Move(NiciraField.IpSrc, NiciraField.IpDst), Out],
        ["move a byte"] = [Move(NiciraField.IpSrc, NiciraField.IpDst, 8, 0, 24), Out],
        ["move a port"] = [Move(NiciraField.TcpSrc, NiciraField.TcpDst, 16), Out],
        ["move a constant"] = [Load(0x0a000004, Register0), Move(Register0, NiciraField.IpDst), Out],
        ["swap"] = [Move(NiciraField.IpSrc, Register0), Move(NiciraField.IpDst, NiciraField.IpSrc), Move(Register0, NiciraField.IpDst), Out],
        ["move, then set"] = [Move(Register0, NiciraField.IpDst), SetDestination, Out],
        ["set, then resubmit"] = [SetDestination, ResubmitTable(1)],
        ["set, then output by a register"] = [SetDestination, OutputRegister(Register1)],
        ["set, then track"] = [SetDestination, Action("0023000000000000000001000000" + "0000"), Action("0011000000000000"), SetDestination with { Address = default }, Out],
    };

    [Theory]
    [InlineData("load an address", "10.0.0.2:40000->10.0.0.4:8080")]
    [InlineData("load an address, by OXM", "10.0.0.2:40000->10.0.0.4:8080")]
    [InlineData("load a port", "10.0.0.2:40000->200.200.200.200:80")]
    [InlineData("load a network", "10.0.0.2:40000->10.0.0.200:8080")]
    [InlineData("move an address", "10.0.0.2:40000->10.0.0.2:8080")]
    [InlineData("move a byte", "10.0.0.2:40000->2.200.200.200:8080")]
    [InlineData("move a port", "10.0.0.2:40000->200.200.200.200:40000")]
    [InlineData("move a constant", "10.0.0.2:40000->10.0.0.4:8080")]
    [InlineData("swap", "200.200.200.200:40000->10.0.0.2:8080")]
    [InlineData("move, then set", "10.0.0.2:40000->10.0.0.4:8080")]
    [InlineData("set, then resubmit", "10.0.0.2:40000->10.0.0.4:8080")]
    [InlineData("set, then output by a register", "10.0.0.2:40000->10.0.0.4:8080")]
    [InlineData("set, then track", "10.0.0.2:40000->10.0.0.4:8080")]
    public void Apply_NiciraActions_GivesTheAddressesBehindThem(string name, string behind)
    {
        var exact = AnyTcp with { NwSrc = Ipv4Address.Parse("10.0.0.2"), NwDst = Ipv4Address.Parse("200.200.200.200"), TpSrc = 40000, TpDst = 8080 };
        foreach (var match in (Match[])[exact, exact with { NwSrcPrefixLength = 12, NwDstPrefixLength = 12, TpSrc = null }, AnyTcp])
        {
            var rule = Assert.Single(Read(To(1, Rule(match, Rules[name]))));
            Assert.Null(rule.Doubt);
            Assert.Equal(behind, rule.Apply(Flow).ToString());
        }
    }

    [Fact]
    public void Read_MoveOfWhatTheMatchTells_NeedsNoPacket()
    {
        var match = AnyTcp with { NwSrc = Ipv4Address.Parse("10.0.0.2") };
        var rule = Assert.Single(Read(To(1, Rule(match, Rules["move an address"]))));
        Assert.Equal((IpAddress.Parse("10.0.0.2"), BitCopies.None), (rule.SetDestination, rule.Copies));
        Assert.Equal("move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[],output:2", rule.Actions);
    }

    [Theory]
    [InlineData("00060020000000000001000400001004")] // move:NXM_NX_REG0[]->NXM_OF_IP_DST[]
    [InlineData("0007000f000018020000000000000050")] // load:0x50->NXM_OF_UDP_DST[], in a rule for TCP
    [InlineData("0007003f000010040000000000000050")] // load of more bits than an address has
    [InlineData("0007001f00001004")] // cut off
    [InlineData("00230001000000000001010000000000" + "ffff00100000232000240000" + "00000000")] // ct(commit,zone=1,table=1,nat)
    [InlineData("000efff801000000")] // resubmit(,1)
    [InlineData("0021000000000000" + "000010040a000004")] // reg_load2 of ip_dst
    [InlineData("001c000000001004002000000000" + "0000")] // pop:NXM_OF_IP_DST[]
    [InlineData("000a00000032000000000001000000000000001f00001004")] // multipath(..,NXM_OF_IP_DST[])
    [InlineData("002a000000000000")] // clone()
    [InlineData("0fff000000000000")] // unheard of
    public void Read_ActionThatDoesNotTellWhatItMakes_IsFlagged(string action) => Flagged(Action(action), Out);

    [Fact]
    public void Read_ActionOfAnotherVendor_IsFlagged() => Flagged(new VendorAction(1, new byte[8]));

    [Fact]
    public void Read_LearnOfRulesThatLoadAddresses_IsFlagged() =>
        Flagged(Action(LearnHeader + "0820" + "00000e040000" + "000010040000" + "0000"), Out); // load:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]

    private const string LearnHeader = "00100000000080000000000000000000" + "0000010000000000";

    [Theory]
    [InlineData("0008010203040506")] // note
    [InlineData("0012000000000000")] // dec_ttl
    [InlineData("00230001000000000001ff0000000000")] // ct(commit,zone=1)
    [InlineData("0007001f000100040000000000000007")] // load:0x7->NXM_NX_REG0[]
    [InlineData(LearnHeader + "0030" + "000004060000" + "000002060000" + "1010" + "000000020000" + "0000")] // learn(NXM_OF_ETH_DST[]=.., output:NXM_OF_IN_PORT[])
    [InlineData("00060020000000000000100400001004")] // move of an address to itself
    public void Read_ActionThatLeavesAddressesAlone_IsNoRewrite(string action) => Assert.Empty(Read(To(1, Rule(AnyTcp, Action(action), Out))));

    [Fact]
    public void Read_ChangeBehindTheLastOutput_IsNoRewrite() => Assert.Empty(Read(
        To(1, Rule(AnyTcp, Out, Load(1, NiciraField.IpDst))),
        To(2, Rule(AnyTcp with { TpSrc = 1 }, Out, Action("0011000000000000"), Load(1, NiciraField.IpDst), Out)))); // exit

    [Fact]
    public void Read_RuleForAnyKindOfPacket_RewritesIpv4()
    {
        var rule = Assert.Single(Read(To(1, Rule(new Match { InPort = 1 }, SetDestination, Out))));
        Assert.Equal("10.0.0.2:40000->10.0.0.4:8080", rule.Apply(Flow).ToString());
    }

    [Fact]
    public void Read_RuleWithFieldsThatAreNotLookedAt_IsFlagged()
    {
        var rule = Assert.Single(Read(To(1, Nicira(SetDestination, [Tcp, Field(Register0, 7)]))));
        Assert.Equal(("reg0=0x7,tcp", Start), (rule.Match, rule.Apply(Flow).ToString()));
        Assert.Contains("reg0=0x7", rule.Doubt, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_NiciraFlowMod_IsARuleUntilNiciraFlowRemoved()
    {
        var removed = new NiciraFlowRemoved { Match = Tcp10, Priority = 9, Cookie = 7 };
        var rule = Assert.Single(Read(To(1, Nicira(SetDestination, Tcp10.Fields)), From(5, removed.ToVendorMessage(1))));
        Assert.Equal((1L, (long?)5, 9, "tcp,nw_src=10.0.0.0/8"), (rule.InstalledNs, rule.RemovedNs, rule.Priority, rule.Match));
        Assert.Equal("10.0.0.2:40000->10.0.0.4:8080", rule.Apply(Flow).ToString());
    }

    [Fact]
    public void Read_ErrorOfANiciraFlowMod_MeansItNeverWas()
    {
        var rule = Nicira(SetDestination, Tcp10.Fields);
        Assert.Empty(Read(To(1, rule), From(2, new ErrorMessage { Xid = rule.Xid, Data = OpenFlowCodec.Encode(rule) })));
    }

    [Fact]
    public void Read_RulesThatDifferInOtherFields_AreApart()
    {
        var second = Nicira(SetDestination, [Tcp, Field(Register0, 8)], xid: 2);
        var delete = Nicira(SetDestination, [Field(Register0, 8)], FlowModCommand.Delete, 3);
        var rules = Read(To(1, Nicira(SetDestination, [Tcp, Field(Register0, 7)])), To(2, second), To(3, delete));
        Assert.Equal([(1L, (long?)null), (2L, 3L)], rules.Select(rule => (rule.InstalledNs, rule.RemovedNs)));
    }

    [Fact]
    public void Read_TablesByTheirIds_AreApart()
    {
        const FlowModCommand toSecond = (FlowModCommand)(1 << 8);
        var rules = Read(
            To(1, new NiciraFlowModTableId(true).ToVendorMessage(9)),
            To(2, Rule(AnyTcp, SetDestination, Out)),
            To(3, Rule(AnyTcp, SetDestination, Out) with { Xid = 2, Command = toSecond | FlowModCommand.Add }),
            To(4, new FlowModMessage { Xid = 3, Command = toSecond | FlowModCommand.Delete }));
        Assert.Equal([(2L, (long?)null), (3L, 4L)], rules.Select(rule => (rule.InstalledNs, rule.RemovedNs)));
    }

    [Fact]
    public void Read_NiciraStatistics_GiveRulesOfBeforeTheSession()
    {
        // tcp,nw_src=10.0.0.0/8 of priority 9 and cookie 7, 3 s old; actions=mod_nw_dst:10.0.0.4,output:2
        const string match = "000006020800" + "00000c0106" + "00000f080a000000ff000000" + "00";
        const string entry = "0058" + "0100" + "00000003" + "00000000" + "0009" + "0000" + "0000" + "0017" + "00000000"
            + "0000000000000007" + "0000000000000000" + "0000000000000000" + match + "000700080a000004" + "0000000800020000";
        var reply = new StatsReplyMessage
        {
            Body = new VendorStatsReply(NiciraMessage.VendorId, Convert.FromHexString("0000000000000000" + entry)),
        };
        var rule = Assert.Single(Read(From(5_000_000_000, reply)));
        Assert.Equal((2_000_000_000, "tcp,nw_src=10.0.0.0/8", "mod_nw_dst:10.0.0.4,output:2"), (rule.InstalledNs, rule.Match, rule.Actions));
        Assert.Single(Read(To(1, Nicira(SetDestination, Tcp10.Fields)), From(5_000_000_000, reply)));
    }

    private static void Flagged(params OpenFlowAction[] actions)
    {
        var rule = Assert.Single(Read(To(1, Rule(AnyTcp, actions))));
        Assert.NotNull(rule.Doubt);
        Assert.Equal(Flow, rule.Apply(Flow));
    }

    private static readonly NiciraMatchField Type = Field(NiciraField.EthType, 0x0800);
    private static readonly NiciraMatch Tcp10 =
        new([Type, Field(NiciraField.IpProto, 6), Field(NiciraField.IpSrc, 0x0a000000, 0xff000000)]);
    private static readonly NiciraMatchField Tcp = Field(NiciraField.IpProto, 6);

    private static FlowModMessage Rule(Match match, params OpenFlowAction[] actions) => new() { Xid = 1, Match = match, Actions = actions };

    private static VendorMessage Nicira(
        OpenFlowAction action, IReadOnlyList<NiciraMatchField> fields, FlowModCommand command = FlowModCommand.Add, uint xid = 1) =>
        new NiciraFlowMod
        {
            Match = new NiciraMatch(fields.Contains(Tcp) ? [Type, .. fields] : fields),
            Command = command,
            Priority = 9,
            Cookie = 7,
            Actions = [action, Out],
        }.ToVendorMessage(xid);

    private static IReadOnlyList<RewriteRule> Read(params RecordedControlMessage[] messages) => RewriteRuleReader.Read(messages).Rules;

    private static RecordedControlMessage To(long timeNs, OpenFlowMessage message) =>
        new(timeNs, Dpid, ControlDirection.ToSwitch, OpenFlowCodec.Encode(message));

    private static RecordedControlMessage From(long timeNs, OpenFlowMessage message) =>
        new(timeNs, Dpid, ControlDirection.FromSwitch, OpenFlowCodec.Encode(message));
}
