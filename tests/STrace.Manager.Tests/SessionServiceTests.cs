using System.Net.Sockets;
using STrace.Control;
using STrace.Storage;
using STrace.TestKit;

namespace STrace.Manager.Tests;

/// <summary>What needs a clock of its own: hosts that do not confirm in time.</summary>
public sealed class SessionServiceTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan BeyondEveryDeadline = TimeSpan.FromSeconds(11);

    private readonly TemporaryFolder _folder = new();
    private readonly CapturedLog _log = new();
    private readonly ManualTime _time = new();
    private readonly SessionService _sessions;
    private readonly AgentListener _listener;
    private readonly ManagerOptions _options;
    private readonly SqliteSessionStore _store;

    public SessionServiceTests()
    {
        _options = new ManagerOptions { Agents = new UnixDomainSocketEndPoint(_folder["agents.sock"]) };
        _store = new SqliteSessionStore(_folder["data"]);
        var agents = new AgentRegistry();
        var datastores = new DatastorePorts();
        var controller = new Controller(new NatOptions(), _time, _log.For<Controller>(), datastores);
        _sessions = new SessionService(
            _store, agents, new SwitchRegistry(), new ControlRecorder(_log.For<ControlRecorder>()),
            new DataPlane(controller, datastores, agents), new ReplayOutputs(), _time, _log.For<SessionService>());
        _listener = new AgentListener(_options, agents, _sessions, _log.For<AgentListener>());
    }

    public Task InitializeAsync() => _listener.StartAsync(CancellationToken.None);

    public async Task DisposeAsync()
    {
        await _listener.StopAsync(CancellationToken.None);
        await _sessions.DisposeAsync();
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task StartAsync_AHostDoesNotConfirm_SaysWhoAndRecords()
    {
        using ScriptedAgent good = await AgentAsync("h1");
        using ScriptedAgent late = await AgentAsync("h2");

        Task<IReadOnlyList<string>> starting = _sessions.StartAsync("s1", CancellationToken.None);
        await good.ArmAsync("s1");
        await good.AcknowledgedAsync(good.Sequence);
        await late.ConfiguredAsync();
        Assert.Equal(["h2"], await LateAsync(starting));

        Assert.Equal("s1", _sessions.Recording);
        late.Dispose();
        await StopAsync(good);
    }

    [Fact]
    public async Task StopAsync_AHostDoesNotFinish_SaysWhoAndCloses()
    {
        using ScriptedAgent late = await AgentAsync("h1");
        Task starting = _sessions.StartAsync("s1", CancellationToken.None);
        await late.ArmAsync("s1");
        await starting;

        Task<(string Name, IReadOnlyList<string> Late)> stopping = _sessions.StopAsync(CancellationToken.None);
        Assert.Null(await late.ConfiguredAsync());
        Assert.Equal(["h1"], await LateAsync(stopping.ContinueWith(t => t.Result.Late, TaskScheduler.Default)));

        Assert.Equal("s1", (await stopping).Name);
        Assert.Equal(SessionState.Closed, _store.Open("s1").Info.State);
        Assert.Equal(
            ["session s1 is closed without the last records of h1: these agents did not finish in time"], _log.OfEvent(107));
    }

    [Fact]
    public async Task DisposeAsync_WhileASessionRecords_ClosesIt()
    {
        await _sessions.StartAsync("s1", CancellationToken.None);

        await _sessions.DisposeAsync();

        Assert.Equal(SessionState.Closed, _store.Open("s1").Info.State);
    }

    private async Task<ScriptedAgent> AgentAsync(string host)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(_options.Agents);
        return await ScriptedAgent.WelcomedAsync(new FramePeer(socket), host, Guid.NewGuid());
    }

    private async Task StopAsync(ScriptedAgent agent)
    {
        Task stopping = _sessions.StopAsync(CancellationToken.None);
        await agent.FinishAsync();
        await stopping;
    }

    private async Task<IReadOnlyList<string>> LateAsync(Task<IReadOnlyList<string>> waiting)
    {
        Assert.False(waiting.IsCompleted);
        // Again and again, because the waiting may not have looked at the clock yet.
        await Eventually.TrueAsync(
            () =>
            {
                _time.Advance(BeyondEveryDeadline);
                return waiting.IsCompleted;
            },
            "the waiting ends");
        return await waiting;
    }
}
