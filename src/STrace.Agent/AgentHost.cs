using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using STrace.Capture;

namespace STrace.Agent;

/// <summary>The agent as a generic host.</summary>
public static class AgentHost
{
    /// <summary>Some hundred milliseconds of a million records a second: what is on its way to a manager that keeps up.</summary>
    private const long SpoolMemoryBytes = 24L << 20;

    /// <param name="configureLogging">Where log events go; the executable gives its logger, a test none.</param>
    /// <exception cref="AgentException">The options cannot work.</exception>
    public static IHost Build(AgentOptions options, Action<ILoggingBuilder> configureLogging)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configureLogging(builder.Logging);
        builder.Services
            .AddSingleton(options)
            .AddSingleton<LinkOptions>(options)
            .AddSingleton(_ => new TickClock(options.ClockOffsetNs))
            .AddSingleton<ArenaPool>()
            .AddSingleton<AttachServer>()
            .AddSingleton<AgentCounters>()
            .AddSingleton(NewSpool)
            .AddSingleton<DrainLoop>()
            .AddSingleton<ProcessMonitor>()
            .AddSingleton<ILinkHandler, HostHandler>()
            .AddSingleton<ManagerLink>()
            .AddHostedService<AgentService>() // first: it is the one that may refuse to start
            .AddHostedService(services => services.GetRequiredService<ProcessMonitor>());
        if (options.Interface is not null)
            builder.Services.AddSingleton<OpenSource>(PcapSource.Open).AddSingleton<PacketSniffer>();
        if (options.SpoolFolder is { } folder)
        {
            builder.Services.AddSingleton<EarlierRuns>().AddSingleton(services => new SpoolFolder(
                folder, options.SpoolBytes, services.GetRequiredService<AgentCounters>(), services.GetRequiredService<ILogger<SpoolFolder>>()));
        }
        return builder.Build();
    }

    private static Spool NewSpool(IServiceProvider services) => new(
        SpoolMemoryBytes,
        services.GetService<SpoolFolder>() is { } folder ? SpoolFiles.New(folder, Guid.NewGuid()) : null,
        services.GetRequiredService<AgentCounters>());
}
