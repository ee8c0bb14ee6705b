using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using STrace.Control;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>The manager: one process that is controller, recorder, receiver of the agents, correlator and HTTP API.</summary>
public sealed class ManagerHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ManagerOptions _options;

    /// <param name="configureLogging">Where log events go; the executable gives its logger, a test none.</param>
    public ManagerHost(ManagerOptions options, Action<ILoggingBuilder> configureLogging)
    {
        _options = options;
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear(); // one way to configure: ManagerOptions
        builder.Logging.ClearProviders();
        configureLogging(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options.Http));
        AddServices(builder.Services, options);
        // What a request lacks is told by an exception too, so that every refusal has the same form.
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        builder.Services.ConfigureHttpJsonOptions(json =>
            json.SerializerOptions.RespectNullableAnnotations = json.SerializerOptions.RespectRequiredConstructorParameters = true);
        _app = builder.Build();
        _app.Use((context, next) => ErrorAnswers.Middleware(context, next));
        var api = _app.MapGroup("/api/v1");
        api.MapInventory();
        api.MapSessions();
        api.MapMessages();
        api.MapPaths();
        api.MapReplays();
    }

    public IServiceProvider Services => _app.Services;

    /// <exception cref="ManagerException">A port is taken, or the data directory cannot be used.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        try
        {
            Directory.CreateDirectory(_options.DataDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ManagerException(ManagerError.Permission, $"the data directory cannot be made: {e.Message} (choose another with --data)");
        }
        Services.GetRequiredService<SessionService>().Feed.Follow(Services.GetRequiredService<LivePaths>());
        try
        {
            await _app.StartAsync(ct);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new ManagerException(
                ManagerError.No, $"cannot listen for commands on {_options.Http}: the address is in use (does another manager run? choose another with --http)");
        }
        catch (ControlException e)
        {
            throw new ManagerException(ManagerError.No, $"{e.Message}: choose another address with --openflow");
        }
        LogMessages.Ready(
            Services.GetRequiredService<ILogger<ManagerHost>>(), Services.GetRequiredService<OpenFlowListener>().BoundEndpoint.ToString(),
            _options.Agents.ToString()!, string.Join(' ', _app.Urls), _options.DataDirectory);
    }

    /// <summary>Runs until the process is told to stop; a session that records is closed then.</summary>
    public Task WaitForShutdownAsync(CancellationToken ct) => _app.WaitForShutdownAsync(ct);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void AddServices(IServiceCollection services, ManagerOptions options) => services
        .AddSingleton(options)
        .AddSingleton(TimeProvider.System)
        .AddSingleton<ISessionStore>(new SqliteSessionStore(options.DataDirectory))
        .AddSingleton<AgentRegistry>()
        .AddSingleton<ControlRecorder>()
        .AddSingleton<SessionService>()
        .AddSingleton<SessionReader>()
        .AddSingleton<CaptureFiles>()
        .AddSingleton<LivePaths>()
        .AddSingleton<PathService>()
        .AddSingleton<PathExplainer>()
        .AddSingleton(new ControlOptions { Listen = options.OpenFlow })
        .AddSingleton(options.Nat)
        .AddSingleton<SwitchRegistry>()
        .AddSingleton<DatastorePorts>()
        .AddSingleton<INetworkControl>(provider => options.Upstreams.Count == 0
            ? ActivatorUtilities.CreateInstance<Controller>(provider)
            : new ProxyPlane(
                options.Upstreams, provider.GetRequiredService<ControlOptions>(), provider.GetRequiredService<DatastorePorts>(), options.Tls,
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<ProxyPlane>>()))
        .AddSingleton<IControlPlane>(provider => provider.GetRequiredService<INetworkControl>())
        .AddSingleton<DataPlane>()
        .AddSingleton<ReplayOutputs>()
        .AddSingleton<ReplayService>()
        .AddSingleton<IControlRecorder, LiveControlRecorder>()
        .AddSingleton(provider => new OpenFlowListener(
            provider.GetRequiredService<ControlOptions>(), provider.GetRequiredService<SwitchRegistry>(),
            provider.GetRequiredService<IControlPlane>(), provider.GetRequiredService<IControlRecorder>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<OpenFlowListener>>(),
            provider.GetRequiredService<DatastorePorts>(), options.OpenFlowTls ? options.Tls : null))
        .AddHostedService<ControlService>()
        .AddSingleton<ReplayDoor>()
        .AddHostedService(provider => provider.GetRequiredService<ReplayDoor>())
        .AddSingleton<AgentListener>()
        .AddHostedService(provider => provider.GetRequiredService<AgentListener>());
}
