using STrace.TestKit;

namespace STrace.Cli.Tests;

/// <summary>What is wrong with the words ends with 2 and one line that names them.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly CapturedConsole _console = new();

    public void Dispose() => _console.Dispose();

    [Theory]
    [InlineData("", "Required command")]
    [InlineData("sesion list", "sesion")]
    [InlineData("session", "Required command")]
    [InlineData("session begin", "begin")]
    [InlineData("session start", "start")]
    [InlineData("session start a b", "b")]
    [InlineData("session list -o xml", "xml")]
    [InlineData("session list --colour", "--colour")]
    [InlineData("export --session s1", "--format")]
    [InlineData("export --session s1 --format pdf", "pdf")]
    [InlineData("paths build", "--session")]
    [InlineData("paths list --session s1 --limit many", "many")]
    [InlineData("agent --rings few", "few")]
    [InlineData("run", "run")]
    [InlineData("hosts --server nonsense", "'nonsense' is not a manager's address: write http://IP:PORT")]
    [InlineData("hosts --server ftp://127.0.0.1", "'ftp://127.0.0.1' is not a manager's address")]
    [InlineData("paths build --session s1 --slow soon", "--slow: 'soon' is not a time such as 500ms, 2s or 1m")]
    [InlineData("agent --host a/b", "--host: 'a/b' is not a host's name")]
    [InlineData("agent --manager here", "--manager: 'here' is not a manager's address: write IP:PORT or unix:PATH")]
    [InlineData("agent --rings 0", "--rings: 0 is not a number from 1 to 65536")]
    [InlineData("agent --rings 65537", "--rings: 65537 is not a number from 1 to 65536")]
    [InlineData("run --host .h -- true", "--host: '.h' is not a host's name")]
    public async Task Run_WordsThatAreNotUnderstood_Ends2AndSaysSoOnOneLine(string words, string named)
    {
        int status = await CapturedConsole.RunAsync(words.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.Equal(ExitStatus.Usage, status);
        string line = Assert.Single(_console.ErrorLines);
        Assert.StartsWith("s-trace: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.Empty(_console.Out);
    }

    [Fact]
    public async Task Run_Help_Ends0AndIsOnStdout()
    {
        Assert.Equal(ExitStatus.Ok, await CapturedConsole.RunAsync("--help"));

        Assert.Contains("session", _console.Out, StringComparison.Ordinal);
        Assert.Empty(_console.ErrorLines);
    }

    [Fact]
    public async Task Manager_SeveralBadAddresses_Ends4WithALineEach()
    {
        Assert.Equal(ExitStatus.Bad, await CapturedConsole.RunAsync("manager", "--http", "x", "--openflow", "y"));

        Assert.Equal(
            ["s-trace: openflow: 'y' is not of the form IP:PORT or ssl:IP:PORT", "s-trace: http: 'x' is not of the form IP:PORT"], _console.ErrorLines);
    }

    [Fact]
    public async Task Manager_ConfigurationThatIsNotThere_Ends4()
    {
        Assert.Equal(ExitStatus.Bad, await CapturedConsole.RunAsync("manager", "--config", "/nowhere/s-trace.json"));

        Assert.Contains("/nowhere/s-trace.json", Assert.Single(_console.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Manager_DataDirectoryCannotBeMade_Ends5()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "in the way");

        int status = await CapturedConsole.RunAsync(
            "manager", "--data", folder["file/data"], "--http", "127.0.0.1:0", "--openflow", "127.0.0.1:0", "--agents", $"unix:{folder["a.sock"]}");

        Assert.Equal(ExitStatus.Permission, status);
        Assert.EndsWith("(choose another with --data)", _console.ErrorLines[^1], StringComparison.Ordinal);
    }
}
