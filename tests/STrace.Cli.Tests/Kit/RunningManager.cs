using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using STrace.Control;
using STrace.Manager;
using STrace.TestKit;

namespace STrace.Cli.Tests;

/// <summary>A whole manager for the commands to speak to.</summary>
internal sealed class RunningManager : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManagerHost _manager;

    private RunningManager() => _manager = new ManagerHost(
        new ManagerOptions
        {
            OpenFlow = new IPEndPoint(IPAddress.Loopback, 0),
            Http = new IPEndPoint(IPAddress.Loopback, 0),
            Agents = new UnixDomainSocketEndPoint(_folder["agents.sock"]),
            DataDirectory = DataDirectory,
        },
        _ => { });

    public string DataDirectory => _folder["data"];

    public string Url => _manager.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public IPEndPoint OpenFlow => _manager.Services.GetRequiredService<OpenFlowListener>().BoundEndpoint;

    public static async Task<RunningManager> StartAsync()
    {
        var running = new RunningManager();
        await running._manager.StartAsync(CancellationToken.None);
        return running;
    }

    public async ValueTask DisposeAsync()
    {
        await _manager.DisposeAsync();
        _folder.Dispose();
    }
}
