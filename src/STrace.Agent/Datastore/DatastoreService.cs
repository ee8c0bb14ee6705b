using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace STrace.Agent;

/// <summary>Runs the parts of a datastore: its interfaces, the thread that records, the link to the manager.</summary>
internal sealed class DatastoreService(
    DatastoreOptions options, FrameInjector injector, FrameRecorder recorder, ManagerLink link, Spool spool,
    ILogger<DatastoreService> logger) : BackgroundService
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan FirstTry = TimeSpan.FromSeconds(5);

    /// <summary>On return the interfaces are open, and the first connection stands or has been tried.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        injector.Open();
        await base.StartAsync(cancellationToken);
        await Task.WhenAny(link.Tried, Task.Delay(FirstTry, cancellationToken));
        LogMessages.DatastoreReady(logger, options.Host, options.Ports.Count, options.Manager);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var linkStop = new CancellationTokenSource();
        Task linking = link.RunAsync(linkStop.Token);
        Task recording = Task.Factory.StartNew(
            () => recorder.Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await await Task.WhenAny(linking, recording);
        await spool.EmptiedAsync(LastWords, CancellationToken.None);
        await linkStop.CancelAsync();
    }
}
