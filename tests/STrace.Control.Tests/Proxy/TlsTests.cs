using System.Net;
using System.Net.Sockets;
using STrace.TestKit;

namespace STrace.Control.Tests;

public sealed class TlsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Handshake_BothOfOneAuthority_CarriesBytes()
    {
        var keys = Keys("a");
        var (server, client) = await ConnectAsync(Identity(keys, "manager"), Identity(keys, "switch"));
        using (server)
        using (client)
        {
            await client.Stream.WriteAsync(new byte[] { 1, 2, 3 });
            var read = new byte[3];
            await server.Stream.ReadExactlyAsync(read);
            Assert.Equal([1, 2, 3], read);
        }
    }

    [Fact]
    public async Task Handshake_PeerOfAnotherAuthority_IsRefused()
    {
        await Assert.ThrowsAsync<ControlException>(() => ConnectAsync(Identity(Keys("a"), "manager"), Identity(Keys("b"), "switch")));
    }

    [Fact]
    public void Create_NameThatIsTaken_WritesNothingOver()
    {
        var keys = Keys("a");
        var before = File.ReadAllText(KeySet.KeyFile(keys, "manager"));
        Assert.Throws<ControlException>(() => KeySet.Create(keys, "manager"));
        Assert.Equal(before, File.ReadAllText(KeySet.KeyFile(keys, "manager")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ca")]
    [InlineData("../x")]
    public void Create_NameThatCannotBe_IsRefused(string name) => Assert.Throws<ControlException>(() => KeySet.Create(Keys("a"), name));

    [Fact]
    public void Load_KeyOfAnother_IsRefusedByName()
    {
        var keys = Keys("a");
        var failed = Assert.Throws<ControlException>(() => TlsIdentity.Load(
            KeySet.KeyFile(keys, "switch"), KeySet.CertificateFile(keys, "manager"), authorityFile: null));
        Assert.Contains(KeySet.CertificateFile(keys, "manager"), failed.Message, StringComparison.Ordinal);
    }

    private string Keys(string name)
    {
        var folder = Path.Combine(_folder.Path, name);
        KeySet.CreateAuthority(folder);
        KeySet.Create(folder, "manager");
        KeySet.Create(folder, "switch");
        return folder;
    }

    private static TlsIdentity Identity(string keys, string name) =>
        TlsIdentity.Load(KeySet.KeyFile(keys, name), KeySet.CertificateFile(keys, name), KeySet.CertificateFile(keys, "ca"));

    private static async Task<(Connection Server, Connection Client)> ConnectAsync(TlsIdentity server, TlsIdentity client)
    {
        using var door = new TcpListener(IPAddress.Loopback, 0);
        door.Start();
        var dialling = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await dialling.ConnectAsync(door.LocalEndpoint);
        var accepting = server.AcceptAsync(await door.AcceptSocketAsync(), CancellationToken.None);
        var connecting = client.ConnectAsync(dialling, "localhost", CancellationToken.None);
        await Task.WhenAll(accepting, connecting).WaitAsync(TimeSpan.FromSeconds(20));
        return (await accepting, await connecting);
    }
}
