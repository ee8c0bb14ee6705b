using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace STrace.Agent;

/// <summary>
/// Runs the parts of an agent: the door for applications, the thread that drains, the link to the manager. They stop in that
/// order, so that what was recorded before the end still reaches the manager, if it answers.
/// </summary>
internal sealed class AgentService(
    AgentOptions options, AttachServer attach, ArenaPool arenas, DrainLoop drain, ManagerLink link, Spool spool,
    ILogger<AgentService> logger, PacketSniffer? sniffer = null, SpoolFolder? folder = null) : BackgroundService
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        sniffer?.Check();
        folder?.Check();
        attach.Listen();
        arenas.AdoptLeftovers();
        LogMessages.Ready(logger, options.Host, options.Socket, options.Manager);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var linkStop = new CancellationTokenSource();
        Task linking = link.RunAsync(linkStop.Token);
        Task draining = Task.Factory.StartNew(
            () => drain.Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            await Task.WhenAny(attach.RunAsync(stoppingToken), draining, linking).Unwrap();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }

        await draining;
        await spool.EmptiedAsync(LastWords, CancellationToken.None);
        await linkStop.CancelAsync();
        await linking.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (spool.Close() is > 0 and var lost)
            LogMessages.LostAtEnd(logger, lost);
    }
}
