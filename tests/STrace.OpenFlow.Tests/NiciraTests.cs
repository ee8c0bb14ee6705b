namespace STrace.OpenFlow.Tests;

public sealed class NiciraTests
{
    // NXT_FLOW_MOD: tcp,in_port=3,nw_src=10.0.0.0/8,nw_dst=10.0.0.1,tp_dst=80 and reg0=7; its second padding is not zero.
    private const string FlowMod = "0000000d" + "0000000000000001" + "0000" + "0001" + "0002" + "0003" + "ffffffff" + "ffff" + "0001" + "0033" + "000000000000"
        + "000000020003" + "000006020800" + "00000c0106" + "00000f080a000000ff000000" + "000010040a000001" + "000014020050" + "0001000400000007"
        + "000000005a" + "0000000800030000";

    [Fact]
    public void Of_FlowMod_GivesAddressesPortsAndTheRest()
    {
        var flow = Assert.IsType<NiciraFlowMod>(NiciraMessage.Of(Vendor(FlowMod)));

        Assert.Equal("tcp,in_port=3,nw_src=10.0.0.0/8,nw_dst=10.0.0.1,tp_dst=80", flow.Match.Match.ToString());
        Assert.Equal("reg0=0x7", Assert.Single(flow.Match.Others).ToString());
        Assert.Equal(new OutputAction(3), Assert.Single(flow.Actions));
    }

    [Fact]
    public void ToVendorMessage_FlowModWithOddPadding_GivesSameBytes() =>
        Assert.Equal(FlowMod, Convert.ToHexStringLower(NiciraMessage.Of(Vendor(FlowMod))!.ToVendorMessage(1).Data.Span));

    [Fact]
    public void ToVendorMessage_FlowModWithAnotherAction_KeepsTheMatch()
    {
        var flow = (NiciraFlowMod)NiciraMessage.Of(Vendor(FlowMod))!;

        var changed = flow with { Actions = [new OutputAction(9), .. flow.Actions] };

        Assert.Equal(FlowMod[..^16] + "0000000800090000" + FlowMod[^16..], Convert.ToHexStringLower(changed.ToVendorMessage(1).Data.Span));
    }

    [Fact]
    public void Of_AddressWithMaskThatIsNoPrefix_LeavesItToTheOthers()
    {
        var match = new NiciraMatch([new NiciraMatchField(NiciraField.IpSrc, new byte[] { 10, 0, 3, 0 }, new byte[] { 255, 0, 255, 0 })]);

        Assert.Equal(Match.Any, match.Match);
        Assert.Equal("ip_src=0xa000300/0xff00ff00", match.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("000000")]
    [InlineData("0000000a")] // a role without the role
    [InlineData("0000000a0000000100")] // and with too much
    [InlineData("00000063")] // a kind that is not recognised
    [InlineData("0000000d00000000000000010000000100020003ffffffffffff00010009000000000000000000020003")] // a match longer than the message
    public void Of_Malformed_IsNull(string data) => Assert.Null(NiciraMessage.Of(Vendor(data)));

    [Fact]
    public void Of_OtherVendor_IsNull() => Assert.Null(NiciraMessage.Of(new VendorMessage { Vendor = 1, Data = Convert.FromHexString("0000000a00000001") }));

    [Theory]
    [InlineData("0007001f00001004000000000a000007", "load:0xa000007->NXM_OF_IP_DST[]")]
    [InlineData("00070107000014020000000000000050", "load:0x50->NXM_OF_TCP_DST[4..11]")]
    [InlineData("000707c0000010040000000000000001", "load:0x1->NXM_OF_IP_DST[31]")]
    [InlineData("000600200000000000000e0400001004", "move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]")]
    [InlineData("000600080000000800000e0400001004", "move:NXM_OF_IP_SRC[0..7]->NXM_OF_IP_DST[8..15]")]
    [InlineData("0001000300000000", "resubmit:3")]
    [InlineData("000efff805000000", "resubmit(,5)")]
    [InlineData("000e000204000000", "resubmit(2,4)")]
    [InlineData("0008010203040506", "note:01.02.03.04.05.06")]
    [InlineData("00230001000000000005ff0000000000", "ct(commit,zone=5)")]
    [InlineData("002300010001000400" + "0fff0000000000", "ct(commit,zone=NXM_NX_REG0[0..15])")]
    [InlineData("00230001000000000005ff0000000000" + "ffff0018000023200024000000190011" + "0a00000103e80000", "ct(commit,zone=5,nat(src=10.0.0.1:1000,hash,random))")]
    [InlineData("00230001000000000005ff0000000000" + "ffff00100000232000240000" + "00000000", "ct(commit,zone=5,nat)")]
    [InlineData("000f000f000100040000000000000000", "output:NXM_NX_REG0[0..15]")]
    [InlineData("0063000000000000", "vendor:0x00002320:0063000000000000")]
    [InlineData("0007001f0000", "vendor:0x00002320:0007001f0000")]
    public void ToString_NiciraAction_IsAsOvsOfctlWritesIt(string data, string text) =>
        Assert.Equal(text, new VendorAction(NiciraMessage.VendorId, Convert.FromHexString(data)).ToString());

    [Fact]
    public void Of_ConnectionTrackingInConnectionTracking_IsNull()
    {
        const string inner = "ffff001800002320" + "00230001000000000005ff0000000000";

        Assert.Null(NiciraAction.Of(new VendorAction(NiciraMessage.VendorId, Convert.FromHexString("00230001000000000005ff0000000000" + inner))));
    }

    [Theory]
    [InlineData("00000001" + "00000000")] // NXST_AGGREGATE
    [InlineData("00000000" + "00000000" + "0003")] // an entry shorter than its length
    [InlineData("00000000" + "00000000" + "00300000")] // and one that is cut off
    public void ReadAll_OtherStatisticsOrMalformed_IsNull(string data) =>
        Assert.Null(NiciraFlowStats.ReadAll(new VendorStatsReply(NiciraMessage.VendorId, Convert.FromHexString(data))));

    [Fact]
    public void WithoutMask_HeaderOfAValueAndItsMask_IsThatOfTheValue() =>
        Assert.Equal((NiciraField.IpSrc, NiciraField.IpDst), (NiciraField.WithoutMask(0x00000f08), NiciraField.WithoutMask(NiciraField.IpDst)));

    private static VendorMessage Vendor(string data) => new() { Xid = 1, Vendor = NiciraMessage.VendorId, Data = Convert.FromHexString(data) };
}
