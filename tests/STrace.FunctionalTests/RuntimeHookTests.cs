using System.Net.Http.Json;
using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>The runtime hooks that <c>s-trace run</c> sets, in real runtimes.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class RuntimeHookTests
{
    private const int Requests = 8;

    // The manager is a web application: what a request makes its threads do, the writing of a session's files, is in one path.
    [Fact]
    public async Task Run_AspNetCore_FollowsARequestThroughTheThreadPool()
    {
        await using Stand stand = await Stand.RunningAsync();
        int http = Stand.FreePort();
        (await stand.STraceAsync("session", "start", "web")).Succeeded();

        await stand.Start(
            Product.Executable("s-trace"),
            ["run", "--host", Stand.Host, "--", Product.Executable("s-trace"),
                .. stand.ManagerCommand(Stand.FreePort(), http, $"unix:{stand.In("other.sock")}", "other")],
            new Dictionary<string, string?> { ["STRACE_SOCKET"] = stand.AgentSocket }).SaysAsync("ready");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
        for (int i = 0; i < Requests; i++)
        {
            using HttpResponseMessage started = await client.PostAsync("/api/v1/sessions", JsonContent.Create(new { name = $"inner{i}" }));
            started.EnsureSuccessStatusCode();
            using HttpResponseMessage stopped = await client.PostAsync("/api/v1/sessions/stop", null);
            stopped.EnsureSuccessStatusCode();
        }
        (await stand.STraceAsync("session", "stop")).Succeeded();

        JsonElement exported = JsonElement.Parse((await stand.STraceAsync("export", "--session", "web", "--format", "json")).Succeeded());
        JsonElement[] starts = Paths(exported, "POST /api/v1/sessions"), stops = Paths(exported, "POST /api/v1/sessions/stop");
        Assert.Equal((Requests, Requests), (starts.Length, stops.Length));
        Assert.All(starts, p => Assert.Contains(Events(p), e => Text(e, "path").StartsWith(stand.In("other"), StringComparison.Ordinal)));

        // One that stops waits for the recorder: what completes that goes on with it, whichever thread it is.
        Assert.Contains(stops.SelectMany(p => p.GetProperty("edges").EnumerateArray()), e => Text(e, "rule") == "declared-context");
    }

    [Theory]
    [InlineData("", "hooks/strace-node.js", "hooks/STrace.DotnetHook.dll")]
    [InlineData("--no-hooks", null, null)]
    public async Task Run_Hooks_AreSetUnlessRefused(string option, string? node, string? dotnet)
    {
        const string show = "sh -c 'echo \"$NODE_OPTIONS|$DOTNET_STARTUP_HOOKS\"'";
        string run = $"NODE_OPTIONS=--no-deprecation {Product.Executable("s-trace")} run {option} -- {show}";

        Finished shell = await RunningProgram.RunAsync("/bin/sh", ["-c", run]);

        string[] values = shell.Succeeded().TrimEnd('\n').Split('|');
        Assert.EndsWith(node is null ? "--no-deprecation" : $"{node} --no-deprecation", values[0], StringComparison.Ordinal);
        Assert.EndsWith(dotnet ?? "", values[1], StringComparison.Ordinal);
        Assert.Equal(dotnet is null, values[1].Length == 0);
    }

    private static JsonElement[] Paths(JsonElement exported, string request) =>
        [.. exported.GetProperty("paths").EnumerateArray().Where(p => Events(p).Any(e => Text(e, "summary") == request))];

    private static JsonElement[] Events(JsonElement path) => [.. path.GetProperty("events").EnumerateArray()];

    private static string Text(JsonElement e, string name) => e.GetProperty(name).GetString() ?? "";
}
