using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>A manager, an agent and applications on one machine, without a network: from a session to its paths.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class RecordingTests
{
    private const int Requests = 25;

    [Fact]
    public async Task Session_ReplicaAndClient_GivesOnePathARequestWithEveryCall()
    {
        await using Stand stand = await Stand.RunningAsync();
        var application = new NTier(stand);
        RunningProgram replica = await application.ReplicaAsync();
        (await stand.STraceAsync("session", "start", "one")).Succeeded();
        (await application.Client(Requests).EndAsync()).Succeeded();
        (await replica.StopAsync()).Succeeded();
        (await stand.STraceAsync("session", "stop")).Succeeded();

        JsonElement[] paths = [.. (await stand.JsonAsync("paths", "list", "--session", "one")).EnumerateArray()];
        Assert.Equal(Requests, paths.Length);
        Assert.All(paths, path => Assert.Equal("ok", path.GetProperty("status").GetString()));
        Assert.Equal(application.TruthCalls(), paths.Sum(path => path.GetProperty("events").GetInt32()));

        JsonElement exported = JsonElement.Parse((await stand.STraceAsync("export", "--session", "one", "--format", "json")).Succeeded());
        Assert.Equal(1, exported.GetProperty("schemaVersion").GetInt32());
        Assert.Equal(
            paths.Select(path => path.GetProperty("id").GetString()),
            exported.GetProperty("paths").EnumerateArray().Select(path => path.GetProperty("id").GetString()));
        JsonElement session = Assert.Single((await stand.JsonAsync("session", "list")).EnumerateArray());
        Assert.Equal(("one", "closed"), (session.GetProperty("name").GetString(), session.GetProperty("state").GetString()));
        JsonElement host = Assert.Single((await stand.JsonAsync("hosts")).EnumerateArray());
        Assert.Equal(Stand.Host, host.GetProperty("name").GetString());
    }

    [Fact]
    public async Task Session_WrongUses_AreRefusedAndTheRecordingGoesOn()
    {
        await using Stand stand = await Stand.RunningAsync();
        (await stand.STraceAsync("session", "stop")).Refused(1, "no session records");
        (await stand.STraceAsync("session", "start", "no/name")).Refused(2, "no/name");
        (await stand.STraceAsync("session", "start", "first")).Succeeded();
        (await stand.STraceAsync("session", "start", "second")).Refused(1, "first", "session stop");
        (await stand.STraceAsync("session", "delete", "first")).Refused(1, "first");

        JsonElement session = await stand.JsonAsync("session", "show", "first");
        Assert.Equal("open", session.GetProperty("state").GetString());
        (await stand.STraceAsync("session", "stop")).Succeeded();
        (await stand.STraceAsync("session", "start", "first")).Refused(1, "first");
    }

    [Fact]
    public async Task Export_WrongQuestions_AreRefusedAndLeaveNoFile()
    {
        await using Stand stand = await Stand.RunningAsync();
        (await stand.STraceAsync("session", "start", "empty")).Succeeded();
        (await stand.STraceAsync("session", "stop")).Succeeded();
        string file = stand.In("out.json");

        (await Export("unknown")).Refused(1, "unknown");
        (await Export("empty", "--path", "p0")).Refused(1, "p0", "empty");
        (await Export("empty", "--rewrites", "lively")).Refused(2, "lively", "none", "live, replay, packets");
        (await Export("empty", "--slow", "soon")).Refused(2, "--slow", "soon", "500ms");
        (await Export("empty", "--slow", "-1s")).Refused(2, "--slow", "-1s");
        (await Export("empty", "--detail", "finest")).Refused(2, "finest", "coarse");
        (await stand.STraceAsync("export", "--session", "empty", "--format", "pdf", "--out", file)).Refused(2, "pdf", "svg");
        (await stand.STraceAsync("export", "--session", "empty", "--format", "json", "--out", "/nowhere/out.json")).Refused(1, "/nowhere/out.json");

        Assert.Empty(Directory.GetFiles(stand.Folder, "out.json*"));
        (await Export("empty")).Succeeded();
        Assert.Equal(0, JsonElement.Parse(File.ReadAllBytes(file)).GetProperty("paths").GetArrayLength());

        Task<Finished> Export(string session, params string[] more) =>
            stand.STraceAsync(["export", "--session", session, "--format", "json", "--out", file, .. more]);
    }
}
