namespace STrace.OpenFlow.Tests;

public sealed class HelloTests
{
    [Theory]
    [InlineData(1, "", true)]
    [InlineData(4, "", true)] // no list: all up to its own
    [InlineData(0, "", false)]
    [InlineData(6, "0001000800000072", true)] // Open vSwitch: 1.0, 1.3, 1.4, 1.5
    [InlineData(4, "0001000800000010", false)] // 1.3 alone
    [InlineData(4, "0007000600000000" + "0001000800000010", false)] // behind another element
    [InlineData(4, "0007000500", true)] // elements cut off
    [InlineData(4, "00010003", true)]
    [InlineData(4, "00010004", false)] // a list without versions
    public void Offers_OpenFlow10_AsTheListSays(byte version, string body, bool offers) =>
        Assert.Equal(offers, new HelloMessage { Version = version, Body = Convert.FromHexString(body) }.Offers(OpenFlowConstants.Version));

    [Fact]
    public void VersionsText_List_NamesThem() =>
        Assert.Equal("OpenFlow 1.3, version 33", new HelloMessage { Version = 4, Body = Convert.FromHexString("0001000c" + "00000010" + "00000002") }.VersionsText());
}
