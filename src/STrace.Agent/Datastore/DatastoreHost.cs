using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using STrace.Capture;

namespace STrace.Agent;

/// <summary>A datastore as a generic host: it keeps the frames that a switch mirrors to it, and sends recorded ones back.</summary>
public static class DatastoreHost
{
    /// <param name="configureLogging">Where log events go; the executable gives its logger, a test none.</param>
    /// <returns>Its start fails with an <see cref="AgentException"/> when an interface cannot be opened.</returns>
    public static IHost Build(DatastoreOptions options, Action<ILoggingBuilder> configureLogging)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        configureLogging(builder.Logging);
        builder.Services
            .AddSingleton(options)
            .AddSingleton<LinkOptions>(options)
            .AddSingleton(new Spool(options.SpoolBytes))
            .AddSingleton<OpenSource>(PcapSource.Open)
            .AddSingleton<OpenSink>(PcapSink.Open)
            .AddSingleton<FrameInjector>()
            .AddSingleton<FrameRecorder>()
            .AddSingleton<ILinkHandler, DatastoreHandler>()
            .AddSingleton<ManagerLink>()
            .AddHostedService<DatastoreService>();
        return builder.Build();
    }
}
