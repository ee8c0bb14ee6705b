using Microsoft.Extensions.Hosting;
using STrace.Control;

namespace STrace.Manager;

/// <summary>Runs the switches' door for as long as the manager lives.</summary>
internal sealed class ControlService(OpenFlowListener listener) : BackgroundService
{
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        listener.Start();
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => listener.RunAsync(stoppingToken);
}
