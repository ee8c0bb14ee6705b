using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using STrace.TestKit;

namespace STrace.Manager.Tests;

/// <summary>A manager that cannot start says why, and leaves the one that runs alone.</summary>
public sealed class ManagerHostTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private RunningManager _first = null!;

    public async Task InitializeAsync() => _first = await RunningManager.StartAsync();

    public async Task DisposeAsync() => await _first.DisposeAsync();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StartAsync_HttpPortIsTaken_SaysWhichAndWhatToDo()
    {
        var taken = new IPEndPoint(IPAddress.Loopback, _first.Http.BaseAddress!.Port);

        ManagerException refused = await RefusedAsync(Free() with { Http = taken });

        Assert.Equal(ManagerError.No, refused.Error);
        Assert.Equal(
            $"cannot listen for commands on {taken}: the address is in use (does another manager run? choose another with --http)", refused.Message);
    }

    [Fact]
    public async Task StartAsync_AgentsSocketIsTaken_SaysWhichAndLeavesItAlone()
    {
        ManagerException refused = await RefusedAsync(Free() with { Agents = _first.Options.Agents });

        Assert.Equal(ManagerError.No, refused.Error);
        Assert.StartsWith($"cannot listen for agents on {_first.Options.Agents}: ", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("(does another manager run? choose another place with --agents)", refused.Message, StringComparison.Ordinal);
        using ScriptedAgent agent = await _first.AgentAsync();
        Assert.Single((await _first.Http.GetFromJsonAsync<HostInfo[]>("hosts"))!);
    }

    [Fact]
    public async Task StartAsync_AgentsPortIsTaken_SaysWhichAndWhatToDo()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();

        ManagerException refused = await RefusedAsync(Free() with { Agents = other.LocalEndPoint! });

        Assert.StartsWith($"cannot listen for agents on {other.LocalEndPoint}: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_OpenFlowPortIsTaken_SaysWhich()
    {
        ManagerException refused = await RefusedAsync(Free() with { OpenFlow = _first.OpenFlow });

        Assert.Equal(ManagerError.No, refused.Error);
        Assert.StartsWith($"cannot listen for switches on {_first.OpenFlow}: ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_DataDirectoryCannotBeMade_SaysSo()
    {
        File.WriteAllText(_folder["file"], "in the way");

        ManagerException refused = await RefusedAsync(Free() with { DataDirectory = _folder["file/data"] });

        Assert.Equal(ManagerError.Permission, refused.Error);
        Assert.EndsWith("(choose another with --data)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StartAsync_KilledManagerLeftItsSocket_TakesItOver()
    {
        ManagerOptions options = Free();
        using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            killed.Bind(new UnixDomainSocketEndPoint(_folder["elsewhere"]));
            File.Move(_folder["elsewhere"], options.Agents.ToString()!); // else closing it would take the name away
        }

        await using (var manager = new ManagerHost(options, _ => { }))
        {
            await manager.StartAsync(CancellationToken.None);
            using var agent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await agent.ConnectAsync(options.Agents);
        }

        Assert.False(File.Exists(options.Agents.ToString()));
    }

    private ManagerOptions Free() => new()
    {
        OpenFlow = new IPEndPoint(IPAddress.Loopback, 0),
        Http = new IPEndPoint(IPAddress.Loopback, 0),
        Agents = new UnixDomainSocketEndPoint(_folder["agents.sock"]),
        DataDirectory = _folder["data"],
    };

    private static async Task<ManagerException> RefusedAsync(ManagerOptions options)
    {
        await using var manager = new ManagerHost(options, _ => { });
        return await Assert.ThrowsAsync<ManagerException>(() => manager.StartAsync(CancellationToken.None));
    }
}
