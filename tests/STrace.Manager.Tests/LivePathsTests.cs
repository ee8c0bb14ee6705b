using System.Net;
using System.Net.Http.Json;
using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Manager.Tests;

/// <summary>What is known of a session's paths while it records.</summary>
public sealed class LivePathsTests : IAsyncLifetime
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(10);
    private const long MuchLaterNs = ScriptedAgent.TimeNs + 3_600_000_000_000;

    private RunningManager _manager = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _manager.DisposeAsync();

    [Fact]
    public async Task Watch_ARequest_IsToldWhileItMayChangeAndWhenItIsFinal()
    {
        using ScriptedAgent agent = await RecordAsync(new ManagerOptions { BuildInterval = Soon });
        await using Watching watching = await Watching.BeginAsync(_manager, "s1");

        await SendAsync(agent, new RecordedRequest(1));
        await PassAsync(agent, new RecordedRequest(1).LastNs);
        PathSummary first = await watching.PathAsync(p => p.Events == RecordedRequest.Calls);
        await PassAsync(agent, MuchLaterNs);
        PathSummary final = await watching.PathAsync(p => p.Final);

        Assert.Equal((false, first.Id, RecordedRequest.Calls, first.Signature), (first.Final, final.Id, final.Events, final.Signature));
        Assert.Equal((1, 2), (first.Revision, final.Revision));
    }

    [Fact]
    public async Task Paths_OfAClosedSession_AreThoseThatWereToldAsFinal()
    {
        using ScriptedAgent agent = await RecordAsync(new ManagerOptions { BuildInterval = Soon });
        await using Watching watching = await Watching.BeginAsync(_manager, "s1");
        await SendAsync(agent, new RecordedRequest(1));
        await PassAsync(agent, MuchLaterNs);
        PathSummary told = await watching.PathAsync(p => p.Final);

        await _manager.StopSessionAsync(agent);

        Assert.Null((await watching.EndAsync()).Reason);
        PathSummary built = Assert.Single((await PathsAsync()).Paths);
        Assert.Equal((told.Id, told.StartNs, told.Signature), (built.Id, built.StartNs, built.Signature));
    }

    [Fact]
    public async Task Paths_IntervalOfZero_AreBuiltWhenAskedFor()
    {
        using ScriptedAgent agent = await RecordAsync(new ManagerOptions { BuildInterval = TimeSpan.Zero });
        await SendAsync(agent, new RecordedRequest(1));
        await PassAsync(agent, MuchLaterNs);

        PathList paths = await UntilAsync(p => p.Paths.Count == 1);

        Assert.True(paths.Paths[0].Final);
    }

    [Fact]
    public async Task Paths_AgentThatIsAway_AreLossyAfterTheLimit()
    {
        using ScriptedAgent agent = await RecordAsync(new ManagerOptions { BuildInterval = Soon, LateAfter = Soon });
        await SendAsync(agent, new RecordedRequest(1));
        await PassAsync(agent, new RecordedRequest(1).LastNs);
        await UntilAsync(p => p.Paths.Count == 1);

        agent.Dispose();

        PathSummary path = (await UntilAsync(p => p.Paths.Any(path => path.Final))).Paths[0];
        Assert.Equal("lossy", path.Status);
        Assert.Contains("the agent of h1 is away", Assert.Single(_manager.Log.OfEvent(120)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Paths_AgentThatCameBackTooLate_AreWholeWhenBuiltFromTheStore()
    {
        Guid run = Guid.NewGuid();
        using (ScriptedAgent before = await RecordAsync(new ManagerOptions { BuildInterval = Soon, LateAfter = Soon }, run))
        {
            await SendAsync(before, new RecordedRequest(1));
            await before.AcknowledgedAsync(before.Sequence);
        }
        await Eventually.TrueAsync(() => _manager.Log.OfEvent(120).Any(), "the agent is given up");

        using ScriptedAgent after = await _manager.AgentAsync(agent: run);
        after.Sequence = after.LastStored;
        await SendAsync(after, new RecordedRequest(2));
        await after.AcknowledgedAsync(after.Sequence);

        Assert.Equal(2, (await PathsAsync("?rebuild=true")).Paths.Count);
        Assert.Equal("lossy", Assert.Single((await PathsAsync()).Paths).Status);
    }

    [Fact]
    public async Task Paths_MoreThanAreKept_AreBuiltFromTheStore()
    {
        using ScriptedAgent agent = await RecordAsync(new ManagerOptions { BuildInterval = Soon, Live = new LiveLimits { Paths = 1 } });
        await using Watching watching = await Watching.BeginAsync(_manager, "s1");
        await SendAsync(agent, new RecordedRequest(1));
        await SendAsync(agent, new RecordedRequest(2));
        await agent.AcknowledgedAsync(agent.Sequence);
        await PassAsync(agent, MuchLaterNs);
        await watching.PathAsync(p => p.Final);
        PathSummary newest = await watching.PathAsync(p => p.Final);

        PathList paths = await PathsAsync();

        Assert.Equal(2, paths.Paths.Count);
        Assert.Contains(newest.Id, paths.Paths.Select(p => p.Id));
    }

    [Fact]
    public async Task Block_MoreThanFits_EndsTheFollowingAndNotTheRecording()
    {
        using ScriptedAgent agent = await RecordAsync(new ManagerOptions { BuildInterval = Soon, Live = new LiveLimits { QueuedBytes = 1 } });
        await using Watching watching = await Watching.BeginAsync(_manager, "s1");

        await SendAsync(agent, new RecordedRequest(1));
        await agent.AcknowledgedAsync(agent.Sequence);

        Assert.Contains("waited for the correlator", (await watching.EndAsync()).Reason, StringComparison.Ordinal);
        Assert.Single(_manager.Log.OfEvent(118));
        Assert.Single((await PathsAsync()).Paths);
        Assert.Equal(HttpStatusCode.Conflict, (await _manager.Http.GetAsync("sessions/s1/paths/live")).StatusCode);
    }

    [Fact]
    public async Task Watch_NoSessionOfTheName_IsRefused()
    {
        _manager = await RunningManager.StartAsync();

        using HttpResponseMessage answer = await _manager.Http.GetAsync("sessions/s1/paths/live");

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("does not record", (await answer.Content.ReadFromJsonAsync<ErrorBody>())!.Error, StringComparison.Ordinal);
    }

    private async Task<ScriptedAgent> RecordAsync(ManagerOptions options, Guid? run = null)
    {
        _manager = await RunningManager.StartAsync(options: options);
        ScriptedAgent agent = await _manager.AgentAsync(agent: run);
        await _manager.StartSessionAsync("s1", agent);
        return agent;
    }

    private static Task SendAsync(ScriptedAgent agent, RecordedRequest request) =>
        agent.Peer.SendAsync(FrameCodec.Encode(request.Block("s1", ++agent.Sequence)));

    private static Task PassAsync(ScriptedAgent agent, long untilNs) =>
        agent.Peer.SendAsync(FrameCodec.Encode(new PassedFrame("s1", agent.Sequence, untilNs, 0)));

    private async Task<PathList> PathsAsync(string query = "") =>
        (await _manager.Http.GetFromJsonAsync<PathList>($"sessions/s1/paths{query}"))!;

    private async Task<PathList> UntilAsync(Predicate<PathList> condition)
    {
        PathList? paths = null;
        for (long end = Environment.TickCount64 + 10_000; paths is null || !condition(paths); paths = await PathsAsync())
            Assert.True(Environment.TickCount64 < end, "the paths are not as expected");
        return paths;
    }
}
