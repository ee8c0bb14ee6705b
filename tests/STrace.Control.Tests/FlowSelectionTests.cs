using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class FlowSelectionTests
{
    [Theory]
    [InlineData("any", "any")]
    [InlineData("tcp,nw_dst=10.0.0.5", "tcp,nw_dst=10.0.0.5")]
    [InlineData("nw_dst=10.1.2.3/8, udp,tp_dst=0x35", "udp,nw_dst=10.0.0.0/8,tp_dst=53")]
    [InlineData("ip,nw_src=10.0.0.1/0,nw_proto=6", "tcp")]
    [InlineData("arp,arp_tpa=10.0.0.2,arp_op=1", "arp,arp_tpa=10.0.0.2,arp_op=1")]
    [InlineData("in_port=3,dl_src=00:00:00:00:00:01,dl_vlan=5,dl_vlan_pcp=2", "in_port=3,dl_vlan=5,dl_vlan_pcp=2,dl_src=00:00:00:00:00:01")]
    [InlineData("icmp,icmp_type=8,nw_tos=8", "icmp,nw_tos=8,icmp_type=8")]
    public void Parse_AMatch_IsAsOvsOfctlWritesIt(string text, string written) => Assert.Equal(written, FlowSelection.Parse(text).ToString());

    [Theory]
    [InlineData("", "match: '' at character 1 is not known: any")]
    [InlineData("tcp,nw_dest=10.0.0.5", "match: 'nw_dest' at character 5 is not known: any")]
    [InlineData("tcp,nw_dst=10.0.0", "match: 'nw_dst' at character 5 '10.0.0' is not an IPv4 address")]
    [InlineData("tcp,nw_dst=10.0.0.5/33", "match: 'nw_dst' at character 5 '10.0.0.5/33' is not an IPv4 address")]
    [InlineData("tcp,tp_dst=65536", "match: 'tp_dst' at character 5 '65536' is not a number from 0 to 65535")]
    [InlineData("tcp,tp_dst", "match: 'tp_dst' at character 5 '' is not a number")]
    [InlineData("tcp=1", "match: 'tcp' at character 1 takes no value")]
    [InlineData("dl_src=1", "match: 'dl_src' at character 1 '1' is not a MAC address")]
    [InlineData("nw_dst=10.0.0.5", "match: 'nw_dst' at character 1 needs ip")]
    [InlineData("ip,tp_dst=80", "match: 'tp_dst' at character 4 needs tcp or udp")]
    [InlineData("tcp,icmp_type=8", "match: 'icmp_type' at character 5 needs icmp")]
    [InlineData("tcp,tp_dst=1,tp_dst=2", "match: 'tp_dst' at character 14 is there twice")]
    public void Parse_NoMatch_SaysWhichPartAndWhere(string text, string error) =>
        Assert.StartsWith(error, Assert.Throws<ControlException>(() => FlowSelection.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("tcp,nw_dst=10.0.0.2", true)]
    [InlineData("in_port=1,tp_dst=80,tcp", true)]
    [InlineData("in_port=2,tcp", false)]
    [InlineData("udp", false)]
    [InlineData("tcp,nw_dst=10.0.0.1", false)]
    public void Takes_ATcpFrame_ByItsHeadersAndPort(string text, bool taken) =>
        Assert.Equal(taken, FlowSelection.Parse(text).Takes(1, HeadersOnlyTests.Tcp));
}
