using System.Net.Http.Json;
using STrace.AgentProtocol;
using STrace.Model;
using STrace.TestKit;

namespace STrace.Manager.Tests;

/// <summary>What agents tell of their hosts is answered while they live, and explains sessions afterwards.</summary>
public sealed class HostStatusTests : IAsyncLifetime
{
    private const string ServerAddress = "10.0.0.1:80"; // scripted agents are at 10.0.0.1

    private static readonly ProcessRecord Server = new(
        77, 1, 0, ScriptedAgent.TimeNs, ProcessTraits.Matters, Obstacle.StaticExecutable, "httpd", "/bin/httpd",
        [new(FlowTuple.Tcp, Endpoint.Parse(ServerAddress))]);

    private static readonly ProcessRecord Client = new(
        78, 1, 0, ScriptedAgent.TimeNs, ProcessTraits.Interposed | ProcessTraits.Matters, Obstacle.None, "curl", "curl", []);

    private static readonly LossRecord Loss = new("1.0.0", "tsc", 1, 2, 30, 4, [new("calls lost in full rings", 5), new("other", 0)]);

    private RunningManager _manager = null!;

    public async Task InitializeAsync() => _manager = await RunningManager.StartAsync();

    public async Task DisposeAsync() => await _manager.DisposeAsync();

    [Fact]
    public async Task Hosts_AgentThatToldOfItself_HasItsStateAndLosses()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await TellAsync(agent, "");

        HostInfo host = Assert.Single((await _manager.Http.GetFromJsonAsync<HostInfo[]>("hosts"))!);

        Assert.Equal((1, 1, null), (host.Interposed, host.NotInterposed, host.LastEventNs));
        Assert.Equal(("1.0.0", "tsc", 4L, 30L), (host.Agent!.Version, host.Agent.Clock, host.Agent.PacketsDropped, host.Agent.PacketsReceived));
        Assert.Contains(new LossInfo("calls lost in full rings", 5), host.Agent.Losses);
    }

    [Fact]
    public async Task Processes_OfAHost_HaveReasonAndRemedy()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await TellAsync(agent, "");

        ProcessInfo[] processes = (await _manager.Http.GetFromJsonAsync<ProcessInfo[]>("hosts/h1/processes"))!;

        Assert.Equal(["static", null], processes.Select(p => p.Obstacle));
        Assert.Equal([Obstacle.StaticExecutable.Remedy(), null], processes.Select(p => p.Remedy));
        Assert.Equal([$"tcp {ServerAddress}"], processes[0].Listens);
    }

    [Fact]
    public async Task Processes_OfAHostThatIsNotThere_IsNo()
    {
        HttpResponseMessage answer = await _manager.Http.GetAsync("hosts/nobody/processes");

        Assert.Contains("no agent of host 'nobody'", (await answer.Content.ReadFromJsonAsync<ErrorBody>())!.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_ServerThatIsNotInterposed_NamesItAndWhatToDo()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        await TellAsync(agent, "s1");
        await agent.AcknowledgedAsync(agent.Sequence);
        await _manager.StopSessionAsync(agent);

        ExplanationInfo explained = await ExplainAsync("s1?address=" + ServerAddress);

        FindingInfo server = Assert.Single(explained.Findings, f => f is { Kind: "coverage", Problem: true });
        Assert.Contains("httpd[77] (tcp 10.0.0.1:80) at h1 was not recorded: it is a static executable", server.Finding, StringComparison.Ordinal);
        Assert.Equal(Obstacle.StaticExecutable.Remedy(), server.Remedy);
        Assert.DoesNotContain(explained.Findings, f => f.Finding.Contains("curl", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Explain_AgentThatWentAway_SaysFromWhenOn()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        agent.Dispose();
        await Eventually.TrueAsync(
            () => _manager.Http.GetFromJsonAsync<HostInfo[]>("hosts").GetAwaiter().GetResult()!.All(h => !h.Connected), "the agent is gone");
        await _manager.StopSessionAsync();

        FindingInfo absent = Assert.Single((await ExplainAsync("s1")).Findings, f => f.Kind == "agent-absent");

        Assert.True(absent.Problem);
        Assert.StartsWith("the agent of h1 was not connected from ", absent.Finding, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_LossesInTheSession_AreCounted()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        await TellAsync(agent, "s1", Loss with { Counters = [new("calls lost in full rings", 2)] });
        await TellAsync(agent, "s1");
        await agent.AcknowledgedAsync(agent.Sequence);
        await _manager.StopSessionAsync(agent);

        Assert.Contains(
            (await ExplainAsync("s1")).Findings,
            f => f.Problem && f.Finding == "calls lost in full rings at h1: 5 since its agent started, 3 of them in the time looked at");
    }

    [Fact]
    public async Task Explain_ProcessThatNobodySaw_SaysSo()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        await TellAsync(agent, "s1");
        await agent.AcknowledgedAsync(agent.Sequence);
        await _manager.StopSessionAsync(agent);

        Assert.Contains((await ExplainAsync("s1?host=h1&pid=99")).Findings, f => f.Finding == "no process 99 was seen at h1 in the session");
    }

    [Fact]
    public async Task Explain_HostThatTheSessionDoesNotKnow_IsNo()
    {
        await _manager.StartSessionAsync("s1");
        await _manager.StopSessionAsync();

        HttpResponseMessage answer = await _manager.Http.GetAsync("sessions/s1/explain?host=h9");

        Assert.Contains("no host 'h9'", (await answer.Content.ReadFromJsonAsync<ErrorBody>())!.Error, StringComparison.Ordinal);
    }

    private async Task<ExplanationInfo> ExplainAsync(string question)
    {
        string[] parts = question.Split('?');
        return (await _manager.Http.GetFromJsonAsync<ExplanationInfo>($"sessions/{parts[0]}/explain?{parts.ElementAtOrDefault(1)}"))!;
    }

    /// <summary>On return the manager has taken the agent's word.</summary>
    private static async Task TellAsync(ScriptedAgent agent, string session, LossRecord? loss = null)
    {
        long now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        await agent.Peer.SendAsync(FrameCodec.Encode(new BlockFrame(
            FrameType.Processes, session, ++agent.Sequence, now, now, 2, ProcessRecord.Write([Server, Client]))));
        await agent.Peer.SendAsync(FrameCodec.Encode(new BlockFrame(
            FrameType.Loss, session, ++agent.Sequence, now, now, 2, (loss ?? Loss).Write())));
        if (session.Length == 0)
            await agent.AcknowledgedAsync(agent.Sequence);
    }
}
