namespace STrace.OpenFlow.Tests;

public sealed class AddressTests
{
    [Fact]
    public void MacAddressParse_Text_GivesValueAndTextBack()
    {
        var address = MacAddress.Parse("0A:bc:00:00:00:01");

        Assert.Equal(0x0abc_0000_0001u, address.Value);
        Assert.Equal("0a:bc:00:00:00:01", address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("00:00:00:00:00")]
    [InlineData("00-00-00-00-00-01")]
    [InlineData("00:00:00:00:00:0g")]
    [InlineData("00:00:00:00:00:+1")]
    public void MacAddressParse_SomethingElse_IsFormatError(string text) => Assert.Throws<FormatException>(() => MacAddress.Parse(text));

    [Fact]
    public void Ipv4AddressParse_Text_GivesHostOrderAndTextBack()
    {
        var address = Ipv4Address.Parse("200.200.200.201");

        Assert.Equal(0xc8c8c8c9u, address.Value);
        Assert.Equal("200.200.200.201", address.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.-1")]
    [InlineData("10.0.0.1.2")]
    [InlineData("10.0.0. 1")]
    public void Ipv4AddressParse_SomethingElse_IsFormatError(string text) => Assert.Throws<FormatException>(() => Ipv4Address.Parse(text));

    [Theory]
    [InlineData(0, "0.0.0.0")]
    [InlineData(24, "10.1.2.0")]
    [InlineData(32, "10.1.2.3")]
    public void Mask_PrefixLength_KeepsThatManyBits(int prefixLength, string masked) =>
        Assert.Equal(masked, Ipv4Address.Parse("10.1.2.3").Mask(prefixLength).ToString());
}
