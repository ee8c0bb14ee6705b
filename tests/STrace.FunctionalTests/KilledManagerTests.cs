using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>Managers come and go; what the applications did is kept for them.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class KilledManagerTests
{
    private const int Requests = 50;

    [Fact]
    public async Task Manager_KilledInASession_LosesNothingOfIt()
    {
        await using var stand = new Stand();
        RunningProgram manager = await stand.ManagerAsync();
        RunningProgram agent = await stand.AgentAsync();
        await stand.AgentConnectedAsync();
        var application = new NTier(stand);
        RunningProgram replica = await application.ReplicaAsync();
        (await stand.STraceAsync("session", "start", "cut")).Succeeded();
        RunningProgram client = application.Client(Requests, pauseMs: 150);
        await Stand.UntilAsync(async () => await PathsAsync(stand) > 2, "no path comes while the session records");

        manager.Signal(RunningProgram.SigKill);
        await agent.LogsAsync("unreachable");
        Assert.True(client.Running, "the client ended before the manager did");
        (await client.EndAsync()).Succeeded();
        (await replica.StopAsync()).Succeeded();
        await stand.ManagerAsync();

        await Stand.UntilAsync(async () => await PathsAsync(stand) >= Requests, "what the agent kept does not come");
        await Stand.UntilAsync(async () => await CallsAsync(stand) >= application.TruthCalls(), "calls are missing");
        await Stand.UntilAsync(async () => await StateAsync(stand) == "interrupted", "the session is not listed as interrupted");
        JsonElement[] paths = [.. (await stand.JsonAsync("paths", "list", "--session", "cut")).EnumerateArray()];
        Assert.Equal((Requests, application.TruthCalls()), (paths.Length, paths.Sum(Events)));
        Assert.All(paths, path => Assert.Equal("ok", path.GetProperty("status").GetString()));
        Assert.Single(agent.Errors, line => line.Contains("unreachable", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Agent_StartedBeforeItsManager_WarnsOnceAndConnectsWhenItComes()
    {
        await using var stand = new Stand();
        RunningProgram agent = await stand.AgentAsync();
        await agent.LogsAsync("unreachable");

        await stand.ManagerAsync();
        await stand.AgentConnectedAsync();
        Assert.Single(agent.Errors, line => line.Contains("WRN", StringComparison.Ordinal));
        Assert.True(agent.Running);
    }

    /// <summary>Open while a late block is being stored.</summary>
    private static async Task<string?> StateAsync(Stand stand) =>
        Assert.Single((await stand.JsonAsync("session", "list")).EnumerateArray()).GetProperty("state").GetString();

    private static int Events(JsonElement path) => path.GetProperty("events").GetInt32();

    private static async Task<int> PathsAsync(Stand stand) => (await stand.JsonAsync("paths", "list", "--session", "cut")).GetArrayLength();

    private static async Task<int> CallsAsync(Stand stand) =>
        (await stand.JsonAsync("paths", "list", "--session", "cut")).EnumerateArray().Sum(Events);
}
