using System.Net;
using System.Net.Sockets;
using STrace.TestKit;

namespace STrace.FunctionalTests;

/// <summary>A peer that breaks the protocol costs its own connection, and the log says so once.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class BadPeerTests
{
    private static readonly byte[] Hello = [1, 0, 0, 8, 0, 0, 0, 1];
    private static readonly byte[] PacketInTooShort = [1, 10, 0, 12, 0, 0, 0, 9, 1, 2, 3, 4];

    [Fact]
    public async Task Switch_BrokenMessage_LosesItsConnectionAloneAndTheLogHasTheOffset()
    {
        await using var stand = new Stand();
        RunningProgram manager = await stand.ManagerAsync();
        var openFlow = new IPEndPoint(IPAddress.Loopback, stand.OpenFlow);
        using ScriptedSwitch healthy = await ScriptedSwitch.UpAsync(openFlow, dpid: 7);
        using var broken = new TcpClient();
        await broken.ConnectAsync(openFlow);

        await broken.GetStream().WriteAsync((byte[])[.. Hello, .. PacketInTooShort]);
        await UntilClosedAsync(broken.Client);

        await manager.LogsAsync("offset");
        Assert.Single(manager.Errors, line => line.Contains("offset", StringComparison.Ordinal));
        await healthy.ExpectNothingAsync();
        Assert.Equal("0000000000000007", Assert.Single((await stand.JsonAsync("switches")).EnumerateArray()).GetProperty("dpid").GetString());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("\u0000\u0000\u0000\u0003\u0009\u0009\u0009")]
    [InlineData("\u0001\u0000\u0000\u0000\u0001\u0001\u0001\u0001")]
    public async Task Agent_Garbage_LosesItsConnectionAlone(string garbage)
    {
        await using var stand = new Stand();
        RunningProgram manager = await stand.ManagerAsync();
        RunningProgram agent = await stand.AgentAsync();
        await stand.AgentConnectedAsync();
        using var peer = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await peer.ConnectAsync(new UnixDomainSocketEndPoint(stand.In("agents.sock")));

        await peer.SendAsync(System.Text.Encoding.Latin1.GetBytes(garbage));
        await UntilClosedAsync(peer);

        await manager.LogsAsync("the connection of agent ? was closed");
        (await stand.STraceAsync("session", "start", "still")).Succeeded();
        Assert.Equal("still", Assert.Single((await stand.JsonAsync("hosts")).EnumerateArray()).GetProperty("recording").GetString());
        Assert.DoesNotContain(agent.Errors, line => line.Contains("unreachable", StringComparison.Ordinal));
    }

    private static async Task UntilClosedAsync(Socket peer)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var buffer = new byte[256];
        try
        {
            while (await peer.ReceiveAsync(buffer, deadline.Token) > 0)
            {
            }
        }
        catch (SocketException)
        {
            // closed with what it had not read
        }
    }
}
