namespace STrace.OpenFlow.Tests;

public sealed class MatchTests
{
    private static readonly Ipv4Address Ip = Ipv4Address.Parse("10.0.0.5");

    public static TheoryData<Match, string> Texts => new()
    {
        { Match.Any, "any" },
        { new Match { InPort = PortNumber.Local }, "in_port=LOCAL" },
        { new Match { DlType = 0x88cc }, "dl_type=0x88cc" },
        { new Match { DlType = 0x0800, NwSrc = Ip, NwSrcPrefixLength = 8 }, "ip,nw_src=10.0.0.0/8" },
        { new Match { DlType = 0x0800, NwProto = 132 }, "sctp" },
        { new Match { DlType = 0x0800, NwProto = 2 }, "ip,nw_proto=2" },
        { new Match { DlType = 0x86dd, NwProto = 58, TpSrc = 135 }, "icmp6,icmp_type=135" },
        { new Match { DlType = 0x8847 }, "mpls" },
        { new Match { DlType = 0x0800, NwProto = 17, TpSrc = 53 }, "udp,tp_src=53" },
        { new Match { DlType = 0x0800, NwProto = 1, TpSrc = 8 }, "icmp,icmp_type=8" },
        { new Match { DlType = 0x0806, NwProto = 1, NwDst = Ip }, "arp,arp_tpa=10.0.0.5,arp_op=1" },
        { new Match { DlVlan = OpenFlowConstants.VlanNone, NwTos = 32 }, "dl_vlan=0xffff,nw_tos=32" },
        { new Match { DlVlan = 5, DlVlanPcp = 3, DlDst = MacAddress.Broadcast }, "dl_vlan=5,dl_vlan_pcp=3,dl_dst=ff:ff:ff:ff:ff:ff" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void ToString_Match_IsAsOvsOfctlWritesIt(Match match, string text) => Assert.Equal(text, match.ToString());

    [Fact]
    public void Equals_SameFieldsOverDifferentGarbage_IsTrue()
    {
        var garbage = MatchOf("flow_mod_wildcards_all");

        Assert.Equal(Match.Any, garbage);
        Assert.Equal(Match.Any.GetHashCode(), garbage.GetHashCode());
    }

    [Fact]
    public void Equals_BitsBeyondThePrefix_DoNotCount() =>
        Assert.Equal(
            new Match { NwSrc = Ip, NwSrcPrefixLength = 24 },
            new Match { NwSrc = Ipv4Address.Parse("10.0.0.9"), NwSrcPrefixLength = 24 });

    [Theory]
    [InlineData(23)]
    [InlineData(32)]
    public void Equals_OtherPrefixLength_IsFalse(int prefixLength) =>
        Assert.NotEqual(new Match { NwSrc = Ip, NwSrcPrefixLength = 24 }, new Match { NwSrc = Ip, NwSrcPrefixLength = prefixLength });

    [Fact]
    public void Encode_ChangedCopyOfMatchWithGarbage_LeavesTheGarbageOut()
    {
        var changed = MatchOf("flow_mod_wildcards_all") with { TpDst = 3335 };

        Assert.Equal(
            OpenFlowCodec.Encode(new FlowModMessage { Match = new Match { TpDst = 3335 } }),
            OpenFlowCodec.Encode(new FlowModMessage { Match = changed }));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(33)]
    public void NwDstPrefixLength_OutOfRange_IsArgumentError(int prefixLength) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Match { NwDstPrefixLength = prefixLength });

    private static Match MatchOf(string vector) =>
        Assert.IsType<FlowModMessage>(GoldenVector.All.Single(v => v.Name == vector).Decode()).Match;
}
