using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using STrace.Control;
using STrace.Storage;
using STrace.TestKit;

namespace STrace.Manager.Tests;

/// <summary>A whole manager on free ports, with a data directory of its own.</summary>
internal sealed class RunningManager : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManagerHost _manager;

    private RunningManager(ManagerOptions options)
    {
        Options = options with
        {
            OpenFlow = new IPEndPoint(IPAddress.Loopback, 0),
            Http = new IPEndPoint(IPAddress.Loopback, 0),
            Agents = new UnixDomainSocketEndPoint(_folder["agents.sock"]),
            DataDirectory = _folder["data"],
        };
        _manager = new ManagerHost(Options, logging => logging.AddProvider(Log));
    }

    public ManagerOptions Options { get; }

    public CapturedLog Log { get; } = new();

    public HttpClient Http { get; } = new();

    public ISessionStore Store => _manager.Services.GetRequiredService<ISessionStore>();

    public PathService Paths => _manager.Services.GetRequiredService<PathService>();

    public ISessionFeed Feed => _manager.Services.GetRequiredService<SessionService>().Feed;

    public IPEndPoint OpenFlow => _manager.Services.GetRequiredService<OpenFlowListener>().BoundEndpoint;

    /// <param name="prepare">What the data directory holds before the manager starts.</param>
    /// <param name="options">All but the places.</param>
    public static async Task<RunningManager> StartAsync(Action<ISessionStore>? prepare = null, ManagerOptions? options = null)
    {
        var running = new RunningManager(options ?? new ManagerOptions());
        prepare?.Invoke(running.Store);
        await running._manager.StartAsync(CancellationToken.None);
        string url = running._manager.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        running.Http.BaseAddress = new Uri($"{url}/api/v1/");
        return running;
    }

    /// <summary>An agent's connection that has said nothing yet.</summary>
    public async Task<FramePeer> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(Options.Agents);
        return new FramePeer(socket);
    }

    /// <summary>An agent that was welcomed and told what to record.</summary>
    public async Task<ScriptedAgent> AgentAsync(string host = "h1", Guid? agent = null) =>
        await ScriptedAgent.WelcomedAsync(await ConnectAsync(), host, agent ?? Guid.NewGuid());

    /// <summary>Starts a session which the agents confirm.</summary>
    public async Task StartSessionAsync(string name, params ScriptedAgent[] agents)
    {
        Task<HttpResponseMessage> starting = Http.PostAsJsonAsync("sessions", new StartSession(name));
        foreach (ScriptedAgent agent in agents)
            await agent.ArmAsync(name);
        (await starting).EnsureSuccessStatusCode();
    }

    /// <summary>Stops the session, which the agents confirm.</summary>
    public async Task<SessionChanged> StopSessionAsync(params ScriptedAgent[] agents)
    {
        Task<HttpResponseMessage> stopping = Http.PostAsync("sessions/stop", null);
        foreach (ScriptedAgent agent in agents)
            await agent.FinishAsync();
        return (await (await stopping).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<SessionChanged>())!;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _manager.DisposeAsync();
        _folder.Dispose();
    }
}
