namespace STrace.Control.Tests;

public sealed class UpstreamAddressTests
{
    [Theory]
    [InlineData("tcp:127.0.0.1:6633")]
    [InlineData("ssl:controller.example:6653")]
    [InlineData("tcp:[::1]:1")]
    public void TryParse_ItsOwnForm_IsReadBack(string text)
    {
        Assert.True(UpstreamAddress.TryParse(text, out var address));
        Assert.Equal(text, $"{address}");
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1:6633")]
    [InlineData("tcp:127.0.0.1")]
    [InlineData("tcp::6633")]
    [InlineData("tcp:::1:6633")]
    [InlineData("udp:127.0.0.1:6633")]
    [InlineData("tcp:host:0")]
    [InlineData("tcp:host:65536")]
    public void TryParse_OtherText_IsRefused(string text) => Assert.False(UpstreamAddress.TryParse(text, out _));
}
