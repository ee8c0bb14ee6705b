using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using STrace.TestKit;

namespace STrace.Cli.Tests;

/// <summary>What the manager answers decides the exit status; data goes to stdout, complaints to stderr.</summary>
public sealed class AnswerTests : IAsyncLifetime, IDisposable
{
    private readonly CapturedConsole _console = new();
    private RunningManager _manager = null!;

    public async Task InitializeAsync() => _manager = await RunningManager.StartAsync();

    public async Task DisposeAsync() => await _manager.DisposeAsync();

    public void Dispose() => _console.Dispose();

    [Fact]
    public async Task Session_StartListStopDelete_Each0()
    {
        Assert.Equal(ExitStatus.Ok, await AskAsync("session start s1"));
        Assert.Equal(ExitStatus.Ok, await AskAsync("session stop"));
        Assert.Equal(ExitStatus.Ok, await AskAsync("session show s1"));
        Assert.Equal(ExitStatus.Ok, await AskAsync("paths build --session s1"));
        Assert.Equal(ExitStatus.Ok, await AskAsync("session delete s1"));

        Assert.Equal("session s1 records", _console.OutLines[0]);
        Assert.Equal("session s1 is closed", _console.OutLines[1]);
        Assert.StartsWith("session s1: 0 paths, 0 connection starts without a counterpart, ", _console.OutLines[^1], StringComparison.Ordinal);
        Assert.Empty(_console.ErrorLines);
    }

    [Fact]
    public async Task List_AsJson_IsOneDocument()
    {
        await AskAsync("session start s1");
        int before = _console.Out.Length;

        Assert.Equal(ExitStatus.Ok, await AskAsync("session list -o json"));

        using var list = JsonDocument.Parse(_console.Out[before..]);
        Assert.Equal("s1", list.RootElement[0].GetProperty("name").GetString());
        Assert.Equal("open", list.RootElement[0].GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("--messages --type flow_mood", "type: 'flow_mood' is not the name of a message")]
    [InlineData("--messages --switch of-sw1", "switch: 'of-sw1' is not a dpid")]
    [InlineData("--messages --from soon", "--from: 'soon' is not a time")]
    [InlineData("--type flow_mod", "--type chooses among the messages: write --messages too")]
    public async Task ShowMessages_FilterThatIsNone_Ends2AndNamesIt(string words, string named)
    {
        await AskAsync("session start s1");

        Assert.Equal(ExitStatus.Usage, await AskAsync($"session show s1 {words}"));

        Assert.Contains(named, Assert.Single(_console.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShowMessages_Switch_AreInWordsAndAsJson()
    {
        await AskAsync("session start s1");
        using ScriptedSwitch peer = await ScriptedSwitch.UpAsync(_manager.OpenFlow, 0xab);
        await AskAsync("session stop");
        int before = _console.Out.Length;

        Assert.Equal(ExitStatus.Ok, await AskAsync("session show s1 --messages --type features_request --switch ab"));
        string text = _console.Out[before..];
        before = _console.Out.Length;
        Assert.Equal(ExitStatus.Ok, await AskAsync("session show s1 --messages --type features_request hello -o json"));

        Assert.Matches(@"^\d{4}-\d\d-\d\d [\d:.]+ 00000000000000ab <- OFPT_FEATURES_REQUEST \(xid=0x[0-9a-f]+\):\s*$", text);
        using var list = JsonDocument.Parse(_console.Out[before..]);
        Assert.Equal(
            ["from-switch hello", "to-switch features_request", "to-switch hello"],
            list.RootElement.EnumerateArray().Select(m => $"{m.GetProperty("direction")} {m.GetProperty("type")}").Order());
    }

    [Theory]
    [InlineData("session stop", ExitStatus.No, "no session records")]
    [InlineData("session show none", ExitStatus.No, "none")]
    [InlineData("session show none --messages", ExitStatus.No, "none")]
    [InlineData("session delete none", ExitStatus.No, "none")]
    [InlineData("session start .hidden", ExitStatus.Usage, ".hidden")]
    [InlineData("paths build --session none", ExitStatus.No, "none")]
    [InlineData("paths build --session none --rewrites guessed", ExitStatus.Usage, "rewrites: 'guessed'")]
    [InlineData("paths watch --session none", ExitStatus.No, "'none' does not record")]
    [InlineData("export --session none --format json", ExitStatus.No, "none")]
    public async Task Run_RefusedByTheManager_EndsWithItsKind(string words, int status, string named)
    {
        Assert.Equal(status, await AskAsync(words));

        Assert.Contains(named, Assert.Single(_console.ErrorLines), StringComparison.Ordinal);
        Assert.Empty(_console.Out);
    }

    [Fact]
    public async Task Run_DamagedSession_Ends4()
    {
        await AskAsync("session start s1");
        await AskAsync("session stop");
        File.WriteAllBytes(Path.Combine(_manager.DataDirectory, "sessions", "s1", "session.db"), new byte[8192]);

        Assert.Equal(ExitStatus.Bad, await AskAsync("session show s1"));
    }

    [Fact]
    public async Task Run_NoManagerAnswers_Ends3AndSaysWhatToDo()
    {
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // bound and not listening: nobody else gets the port
        string server = $"http://{silent.LocalEndPoint}";

        Assert.Equal(ExitStatus.Unreachable, await CapturedConsole.RunAsync("hosts", "--server", server));

        Assert.StartsWith($"s-trace: no manager answers at {server} ", Assert.Single(_console.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_AnswerThatIsNoManagers_Ends70()
    {
        Assert.Equal(ExitStatus.Bug, await CapturedConsole.RunAsync("hosts", "--server", $"{_manager.Url}/elsewhere/"));

        Assert.Equal(["s-trace: the manager answered 404 Not Found"], _console.ErrorLines);
    }

    [Fact]
    public async Task Export_ThatFails_LeavesNoFile()
    {
        using var folder = new TestKit.TemporaryFolder();

        Assert.Equal(ExitStatus.No, await AskAsync($"export --session none --format json --out {folder["paths.json"]}"));

        Assert.Empty(Directory.EnumerateFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task Export_ToAFile_WritesIt()
    {
        using var folder = new TestKit.TemporaryFolder();
        await AskAsync("session start s1");
        await AskAsync("session stop");

        Assert.Equal(ExitStatus.Ok, await AskAsync($"export --session s1 --format json --out {folder["paths.json"]}"));

        using var exported = JsonDocument.Parse(File.ReadAllText(folder["paths.json"]));
        Assert.Equal("s1", exported.RootElement.GetProperty("session").GetString());
    }

    private Task<int> AskAsync(string words) => CapturedConsole.RunAsync([.. words.Split(' '), "--server", _manager.Url]);
}
