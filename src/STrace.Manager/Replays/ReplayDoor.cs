using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using STrace.Control;

namespace STrace.Manager;

/// <summary>
/// Where the switches of a replay network connect: a port of its own, so that they may have the dpids of the running network.
/// A manager whose replay port is taken runs on without one.
/// </summary>
internal sealed class ReplayDoor : BackgroundService
{
    private readonly OpenFlowListener _listener;
    private readonly ManagerOptions _options;
    private readonly ILogger<ReplayDoor> _logger;
    private string? _closed;

    public ReplayDoor(ManagerOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _logger = loggers.CreateLogger<ReplayDoor>();
        _listener = new OpenFlowListener(
            new ControlOptions { Listen = options.ReplayOpenFlow }, Switches, Plane, recorder: null, time, loggers.CreateLogger<OpenFlowListener>());
    }

    public SwitchRegistry Switches { get; } = new();
    public ReplayPlane Plane { get; } = new();

    /// <exception cref="ManagerException">The port was taken when the manager started.</exception>
    public void DemandOpen()
    {
        if (_closed is not null)
            throw new ManagerException(ManagerError.No, $"no replay network can connect: {_closed}; choose another address with --replay-openflow");
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _listener.Start();
        }
        catch (ControlException e)
        {
            _closed = e.Message;
            LogMessages.NoReplay(_logger, _options.ReplayOpenFlow.ToString(), e.Message);
        }
        return base.StartAsync(cancellationToken);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _closed is null ? _listener.RunAsync(stoppingToken) : Task.CompletedTask;

    public override void Dispose()
    {
        _listener.Dispose();
        base.Dispose();
    }
}
