using System.Net;
using System.Net.Sockets;
using STrace.OpenFlow;
using STrace.TestKit;

namespace STrace.Control.Tests;

/// <summary>A proxy that listens on a free port, and upstreams that say what the test tells them to.</summary>
internal sealed class RunningProxy : IAsyncDisposable
{
    private readonly List<TcpListener> _doors = [];
    private readonly RunningController _running;

    public RunningProxy(int upstreams = 1, DatastorePorts? datastores = null, IControlRecorder? recorder = null)
    {
        for (var i = 0; i < upstreams; i++)
        {
            var door = new TcpListener(IPAddress.Loopback, 0);
            door.Start();
            _doors.Add(door);
        }
        datastores ??= new DatastorePorts();
        UpstreamAddress[] addresses = [.. _doors.Select(door => new UpstreamAddress(false, "127.0.0.1", ((IPEndPoint)door.LocalEndpoint).Port))];
        Plane = new ProxyPlane(addresses, new ControlOptions(), datastores, tls: null, TimeProvider.System, Log.For<ProxyPlane>());
        _running = new RunningController(recorder: recorder, datastores: datastores, plane: Plane, time: TimeProvider.System);
    }

    public ProxyPlane Plane { get; }

    public IPEndPoint Endpoint => _running.Endpoint;

    public LogLines Log { get; } = new();

    /// <summary>A switch that is up; the manager's own requests to it are read.</summary>
    public async Task<ScriptedSwitch> SwitchAsync(ulong dpid = 1)
    {
        var peer = await ScriptedSwitch.ConnectAsync(_running.Endpoint);
        await peer.SendAsync(new HelloMessage());
        await peer.AnswerFeaturesAsync(dpid);
        await peer.ExpectAsync<StatsRequestMessage>();
        return peer;
    }

    /// <summary>The proxy's next connection to an upstream, before its HELLO.</summary>
    public async Task<ScriptedSwitch> AcceptAsync(int upstream = 0) =>
        ScriptedSwitch.Of(await _doors[upstream].AcceptTcpClientAsync().WaitAsync(TimeSpan.FromSeconds(10)));

    /// <summary>The proxy's next connection to an upstream, which both sides agree on.</summary>
    public async Task<ScriptedSwitch> UpstreamAsync(int upstream = 0)
    {
        var peer = await AcceptAsync(upstream);
        await peer.ExpectAsync<HelloMessage>();
        await peer.SendAsync(new HelloMessage { Version = 4 });
        await peer.ExpectNothingAsync();
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        await _running.DisposeAsync();
        foreach (var door in _doors)
            door.Dispose();
    }
}
