using System.Net;
using STrace.TestKit;

namespace STrace.Control.Tests;

/// <summary>A controller that listens on a free port, and everything that goes with it. Its switches' ports carry packets at once.</summary>
internal sealed class RunningController : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly OpenFlowListener _listener;
    private readonly Task _running;

    public RunningController(
        ControlOptions? options = null,
        IPEndPoint? listen = null,
        NatOptions? nat = null,
        IControlRecorder? recorder = null,
        TimeProvider? time = null,
        DatastorePorts? datastores = null,
        IControlPlane? plane = null,
        TimeSpan? portProbation = null)
    {
        time ??= Time;
        Controller = new Controller(nat ?? new NatOptions(), time, Log.For<Controller>(), datastores, portProbation ?? TimeSpan.Zero);
        _listener = new OpenFlowListener(
            (options ?? new ControlOptions()) with { Listen = listen ?? new IPEndPoint(IPAddress.Loopback, 0) },
            Registry,
            plane ?? Controller,
            recorder,
            time,
            Log.For<OpenFlowListener>(),
            datastores);
        _listener.Start();
        _running = _listener.RunAsync(_stop.Token);
    }

    public ManualTime Time { get; } = new();

    public Controller Controller { get; }

    public SwitchRegistry Registry { get; } = new();

    public LogLines Log { get; } = new();

    public IPEndPoint Endpoint => _listener.BoundEndpoint;

    public Task<ScriptedSwitch> SwitchAsync(ulong dpid = 1) => ScriptedSwitch.UpAsync(Endpoint, dpid);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _listener.Dispose();
        _stop.Dispose();
    }
}
