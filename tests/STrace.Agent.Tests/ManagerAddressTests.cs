using System.Net;
using System.Net.Sockets;

namespace STrace.Agent.Tests;

public sealed class ManagerAddressTests
{
    [Fact]
    public void Parse_AnIpAndPort_IsIt() => Assert.Equal(new IPEndPoint(IPAddress.Loopback, 7653), ManagerAddress.Parse("127.0.0.1:7653"));

    [Fact]
    public void Parse_AUnixPath_IsIt() => Assert.Equal("/run/m.sock", Assert.IsType<UnixDomainSocketEndPoint>(ManagerAddress.Parse("unix:/run/m.sock")).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("unix:")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("manager:7653")]
    public void Parse_AnythingElse_SaysWhatIsAllowed(string text) =>
        Assert.Equal($"'{text}' is not a manager's address: write IP:PORT or unix:PATH", Assert.Throws<FormatException>(() => ManagerAddress.Parse(text)).Message);
}
