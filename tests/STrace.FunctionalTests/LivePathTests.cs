using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>Paths are known while their session records, and are those of the closed session.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class LivePathTests
{
    private const int Requests = 10;

    [Fact]
    public async Task Watch_RequestsOfARecordingSession_BecomeFinalAndEqualThoseOfTheClosedSession()
    {
        await using Stand stand = await Stand.RunningAsync();
        var application = new NTier(stand);
        await application.ReplicaAsync();
        (await stand.STraceAsync("session", "start", "live")).Succeeded();
        RunningProgram watch = stand.Start(
            Product.Executable("s-trace"), ["paths", "watch", "--session", "live", "-o", "json"],
            new Dictionary<string, string?> { ["STRACE_SERVER"] = stand.Server });
        await watch.LogsAsync("watching session live");

        (await application.Client(Requests).EndAsync()).Succeeded();
        await Stand.UntilAsync(() => Task.FromResult(Finals(watch).Count == Requests), "not all paths become final while the session records");
        HashSet<string> told = Finals(watch);
        Dictionary<string, string[]> live = await CallsAsync(stand);
        (await stand.STraceAsync("session", "stop")).Succeeded();
        (await watch.EndAsync()).Succeeded();
        Dictionary<string, string[]> closed = await CallsAsync(stand);

        Assert.Equal(closed.Keys.Order(), told.Order());
        Assert.Equal(closed.Keys.Order(), live.Keys.Order());
        Assert.All(closed, path => Assert.Equal(path.Value, live[path.Key]));
    }

    /// <summary>Ids of the paths that were told as final.</summary>
    private static HashSet<string> Finals(RunningProgram watch) =>
        [.. watch.Output.Select(line => JsonElement.Parse(line))
            .Where(told => told.TryGetProperty("final", out JsonElement final) && final.GetBoolean())
            .Select(path => path.GetProperty("id").GetString()!)];

    /// <summary>The calls of each path, in its order.</summary>
    private static async Task<Dictionary<string, string[]>> CallsAsync(Stand stand) =>
        JsonElement.Parse((await stand.STraceAsync("export", "--session", "live", "--format", "json")).Succeeded())
            .GetProperty("paths").EnumerateArray().ToDictionary(
                path => path.GetProperty("id").GetString()!,
                path => path.GetProperty("events").EnumerateArray()
                    .Select(call => $"{call.GetProperty("tid")} {call.GetProperty("seq")} {call.GetProperty("op")}").ToArray());
}
