namespace STrace.Model.Tests;

public sealed class AddressTests
{
    [Theory]
    [InlineData("10.0.0.4", "10.0.0.4")]
    [InlineData("::ffff:10.0.0.4", "10.0.0.4")]
    [InlineData("2001:db8::1", "2001:db8::1")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    public void Parse_Address_PrintsInItsShortestForm(string text, string printed) =>
        Assert.Equal(printed, IpAddress.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("10.0.0.256")]
    [InlineData("h4")]
    public void Parse_NoAddress_Throws(string text) => Assert.Throws<FormatException>(() => IpAddress.Parse(text));

    [Fact]
    public void FromBytes_FourBytesOrMapped_AreOneAddress()
    {
        IpAddress four = IpAddress.FromBytes([10, 0, 0, 4]);

        Assert.Equal(four, IpAddress.FromBytes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 4]));
        Assert.Equal(four, IpAddress.FromV4(0x0a000004));
        Assert.True(four.IsV4);
        Assert.Equal(0x0a000004u, four.V4);
    }

    [Fact]
    public void V4_OfIpv6_Throws() => Assert.Throws<InvalidOperationException>(() => IpAddress.Parse("2001:db8::1").V4);

    [Theory]
    [InlineData("10.0.0.4:3332", "10.0.0.4:3332")]
    [InlineData("[2001:db8::1]:80", "[2001:db8::1]:80")]
    [InlineData("[::ffff:10.0.0.4]:80", "10.0.0.4:80")]
    public void EndpointParse_AddressAndPort_PrintsThem(string text, string printed) =>
        Assert.Equal(printed, Endpoint.Parse(text).ToString());

    [Theory]
    [InlineData("10.0.0.4")]
    [InlineData("10.0.0.4:65536")]
    [InlineData(":80")]
    [InlineData("host:80")]
    public void EndpointParse_AnythingElse_Throws(string text) => Assert.Throws<FormatException>(() => Endpoint.Parse(text));

    [Theory]
    [InlineData("10.0.0.0", 24, "10.0.0.255", true)]
    [InlineData("10.0.0.0", 24, "10.0.1.0", false)]
    [InlineData("10.0.0.4", 32, "10.0.0.4", true)]
    [InlineData("10.0.0.4", 32, "10.0.0.5", false)]
    [InlineData("0.0.0.0", 0, "200.200.200.200", true)]
    [InlineData("0.0.0.0", 0, "2001:db8::1", true)]
    [InlineData("2001:db8::", 32, "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::", 32, "2001:db9::1", false)]
    [InlineData("10.0.0.0", 8, "2001:db8::1", false)]
    public void Contains_PrefixAndAddress_ComparesLeadingBits(string prefix, int length, string address, bool contained) =>
        Assert.Equal(contained, new IpPrefix(IpAddress.Parse(prefix), length).Contains(IpAddress.Parse(address)));
}
