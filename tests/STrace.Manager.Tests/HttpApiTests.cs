using System.Net;
using System.Net.Http.Json;
using System.Text;
using STrace.Storage;
using STrace.TestKit;

namespace STrace.Manager.Tests;

public sealed class HttpApiTests : IAsyncLifetime
{
    private RunningManager _manager = null!;

    public async Task InitializeAsync() => _manager = await RunningManager.StartAsync();

    public async Task DisposeAsync() => await _manager.DisposeAsync();

    [Fact]
    public async Task Hosts_OneAgent_IsListed()
    {
        using ScriptedAgent agent = await _manager.AgentAsync("h1");

        HostInfo host = Assert.Single(await GetAsync<HostInfo[]>("hosts"));

        Assert.Equal(("h1", true, null, 0L), (host.Name, host.Connected, host.Recording, host.Blocks));
        Assert.Equal(["10.0.0.1"], host.Addresses);
    }

    [Fact]
    public async Task Switches_OneSwitch_IsListedWithItsPorts()
    {
        using ScriptedSwitch peer = await ScriptedSwitch.UpAsync(_manager.OpenFlow, 0xab);

        SwitchInfo known = Assert.Single(await GetAsync<SwitchInfo[]>("switches"));

        Assert.Equal(("00000000000000ab", true), (known.Dpid, known.Connected));
        Assert.Equal([(1, "p1"), (2, "p2")], known.Ports.Select(p => (p.Number, p.Name)));
    }

    [Fact]
    public async Task Sessions_StartedAndStopped_AreListedAndShown()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        await agent.SendBlockAsync("s1");
        Assert.Equal("open", (await GetAsync<SessionSummary>("sessions/s1")).State);

        await _manager.StopSessionAsync(agent);

        SessionSummary listed = Assert.Single(await GetAsync<SessionSummary[]>("sessions"));
        Assert.Equal(listed, await GetAsync<SessionSummary>("sessions/s1"));
        Assert.Equal(("s1", "closed", 1L), (listed.Name, listed.State, listed.Events));
        Assert.True(long.Parse(listed.StopNs!) >= long.Parse(listed.StartNs));
    }

    [Fact]
    public async Task Delete_ClosedSession_RemovesIt()
    {
        await ClosedSessionAsync("s1");

        using HttpResponseMessage deleted = await _manager.Http.DeleteAsync("sessions/s1");

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        Assert.Empty(await GetAsync<SessionSummary[]>("sessions"));
    }

    [Fact]
    public async Task Delete_SessionIsPutBack_ItsPathsAreBuiltAnew()
    {
        await ClosedSessionAsync("s1");
        var known = _manager.Paths.Build("s1", [], Timeout.InfiniteTimeSpan);
        Assert.Same(known, _manager.Paths.Build("s1", [], Timeout.InfiniteTimeSpan));
        string directory = _manager.Store.Open("s1").Info.Directory;
        var files = Directory.EnumerateFiles(directory).ToDictionary(file => file, File.ReadAllBytes);

        (await _manager.Http.DeleteAsync("sessions/s1")).Dispose();
        Directory.CreateDirectory(directory);
        foreach (var (file, bytes) in files)
            File.WriteAllBytes(file, bytes);

        Assert.NotSame(known, _manager.Paths.Build("s1", [], Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task Delete_SessionThatRecords_IsRefused()
    {
        await _manager.StartSessionAsync("s1");

        await AssertErrorAsync(await _manager.Http.DeleteAsync("sessions/s1"), HttpStatusCode.Conflict, "no", "s1");
    }

    [Fact]
    public async Task Start_WhileAnotherRecords_IsRefused()
    {
        await _manager.StartSessionAsync("s1");

        await AssertErrorAsync(
            await StartAsync("s2"), HttpStatusCode.Conflict, "no", "session 's1' records: stop it first with `s-trace session stop`");
    }

    [Fact]
    public async Task Start_NameIsTaken_IsRefused()
    {
        await ClosedSessionAsync("s1");

        await AssertErrorAsync(await StartAsync("s1"), HttpStatusCode.Conflict, "no", "s1");
    }

    [Theory]
    [InlineData("")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    public async Task Start_NameThatCannotBe_IsAUsageError(string name) =>
        await AssertErrorAsync(await StartAsync(name), HttpStatusCode.BadRequest, "usage", "name");

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}")]
    public async Task Start_BodyThatIsNotOne_IsAUsageError(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        await AssertErrorAsync(await _manager.Http.PostAsync("sessions", content), HttpStatusCode.BadRequest, "usage", "");
    }

    [Fact]
    public async Task Stop_NothingRecords_IsRefused() =>
        await AssertErrorAsync(await _manager.Http.PostAsync("sessions/stop", null), HttpStatusCode.Conflict, "no", "no session records");

    [Theory]
    [InlineData("sessions/none")]
    [InlineData("sessions/none/paths")]
    [InlineData("sessions/none/unpaired")]
    [InlineData("sessions/none/export?format=json")]
    public async Task Get_SessionThatIsNotThere_IsNo(string path) =>
        await AssertErrorAsync(await _manager.Http.GetAsync(path), HttpStatusCode.Conflict, "no", "none");

    [Fact]
    public async Task Delete_SessionThatIsNotThere_IsNo() =>
        await AssertErrorAsync(await _manager.Http.DeleteAsync("sessions/none"), HttpStatusCode.Conflict, "no", "none");

    [Theory]
    [InlineData("paths?rewrites=guessed", "rewrites: 'guessed'")]
    [InlineData("paths?rewrites=0", "rewrites: '0'")]
    [InlineData("paths?slow=0", "slow")]
    [InlineData("paths?slow=-1", "slow")]
    [InlineData("paths?slow=soon", "slow")]
    [InlineData("unpaired?slow=1e300", "slow")]
    [InlineData("export", "format")]
    [InlineData("export?format=pdf", "format 'pdf'")]
    [InlineData("export?format=dot&detail=grand", "detail 'grand'")]
    public async Task Get_ParameterThatIsNotUnderstood_IsAUsageError(string query, string names)
    {
        await ClosedSessionAsync("s1");

        await AssertErrorAsync(await _manager.Http.GetAsync($"sessions/s1/{query}"), HttpStatusCode.BadRequest, "usage", names);
    }

    [Fact]
    public async Task Export_PathThatIsNotThere_IsNo()
    {
        await ClosedSessionAsync("s1");

        await AssertErrorAsync(
            await _manager.Http.GetAsync("sessions/s1/export?format=json&path=p1"), HttpStatusCode.Conflict, "no", "has no path p1");
    }

    [Fact]
    public async Task Paths_OfAnEmptySession_AreNone()
    {
        await ClosedSessionAsync("s1");

        PathList paths = await GetAsync<PathList>("sessions/s1/paths?rewrites=live,replay&slow=0.5");

        Assert.Equal(("s1", 0), (paths.Session, paths.Unpaired));
        Assert.Empty(paths.Paths);
        Assert.Empty(await GetAsync<UnpairedInfo[]>("sessions/s1/unpaired?rewrites=none"));
    }

    [Theory]
    [InlineData("json", "application/json", "\"schemaVersion\"")]
    [InlineData("dot", "text/vnd.graphviz", "digraph")]
    public async Task Export_OfASession_IsOfItsKind(string format, string mediaType, string text)
    {
        await ClosedSessionAsync("s1");

        using HttpResponseMessage answer = await _manager.Http.GetAsync($"sessions/s1/export?format={format}");

        Assert.Equal((HttpStatusCode.OK, mediaType), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Contains(text, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_SessionThatIsDamaged_IsBad()
    {
        await ClosedSessionAsync("s1");
        string database = Path.Combine(_manager.Store.Open("s1").Info.Directory, "session.db");
        File.WriteAllBytes(database, new byte[8192]);

        await AssertErrorAsync(await _manager.Http.GetAsync("sessions/s1"), HttpStatusCode.UnprocessableEntity, "bad", database);
        Assert.Equal("damaged", Assert.Single(await GetAsync<SessionSummary[]>("sessions")).State);
    }

    private Task<HttpResponseMessage> StartAsync(string name) => _manager.Http.PostAsJsonAsync("sessions", new StartSession(name));

    private async Task ClosedSessionAsync(string name)
    {
        await _manager.StartSessionAsync(name);
        await _manager.StopSessionAsync();
    }

    private async Task<T> GetAsync<T>(string path) => (await _manager.Http.GetFromJsonAsync<T>(path))!;

    private static async Task AssertErrorAsync(HttpResponseMessage answer, HttpStatusCode status, string kind, string inItsWords)
    {
        using (answer)
        {
            Assert.Equal(status, answer.StatusCode);
            ErrorBody? error = await answer.Content.ReadFromJsonAsync<ErrorBody>();
            Assert.Equal(kind, error!.Kind);
            Assert.Contains(inItsWords, error.Error, StringComparison.OrdinalIgnoreCase);
        }
    }
}
