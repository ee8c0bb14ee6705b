using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>Agents come and go; applications that run meanwhile are recorded again when there is one.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class KilledAgentTests
{
    private const int Requests = 20;

    [Theory]
    [InlineData(RunningProgram.SigKill)]
    [InlineData(RunningProgram.SigTerm)]
    public async Task Agent_EndedAndStartedAgain_RecordsTheApplicationsThatRunAlready(int signal)
    {
        await using var stand = new Stand();
        await stand.ManagerAsync();
        RunningProgram first = await stand.AgentAsync();
        await stand.AgentConnectedAsync();
        var application = new NTier(stand);
        await application.ReplicaAsync();
        first.Signal(signal);
        await first.EndedAsync();

        RunningProgram second = await stand.AgentAsync();
        await second.LogsAsync("goes on with the arena");
        await stand.AgentConnectedAsync();
        (await stand.STraceAsync("session", "start", "again")).Succeeded();
        (await application.Client(Requests).EndAsync()).Succeeded();
        (await stand.STraceAsync("session", "stop")).Succeeded();

        // A path of a request begins at the client and goes through the replica, whose listening socket the first agent was told of.
        JsonElement[] paths = [.. (await stand.JsonAsync("paths", "list", "--session", "again")).EnumerateArray()];
        Assert.Equal(Requests, paths.Length);
        Assert.All(paths, path => Assert.Equal("ok", path.GetProperty("status").GetString()));
    }
}
