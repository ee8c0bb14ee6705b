using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using STrace.Capture;

namespace STrace.Agent;

/// <summary>The agent as a generic host.</summary>
public static class AgentHost
{
    /// <param name="configureLogging">Where log events go; the executable gives its logger, a test none.</param>
    /// <exception cref="AgentException">The options cannot work.</exception>
    public static IHost Build(AgentOptions options, Action<ILoggingBuilder> configureLogging)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configureLogging(builder.Logging);
        builder.Services
            .AddSingleton(options)
            .AddSingleton<LinkOptions>(options)
            .AddSingleton<TickClock>()
            .AddSingleton<ArenaPool>()
            .AddSingleton<AttachServer>()
            .AddSingleton(new Spool(options.SpoolBytes))
            .AddSingleton<DrainLoop>()
            .AddSingleton<ILinkHandler>(services => services.GetRequiredService<DrainLoop>())
            .AddSingleton<ManagerLink>()
            .AddHostedService<AgentService>();
        if (options.Interface is not null)
            builder.Services.AddSingleton<OpenSource>(PcapSource.Open).AddSingleton<PacketSniffer>();
        return builder.Build();
    }
}
