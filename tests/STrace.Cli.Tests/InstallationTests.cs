using STrace.TestKit;

namespace STrace.Cli.Tests;

public sealed class InstallationTests : IDisposable
{
    private const string Prefix = "/opt/s-trace";
    private const string Program = $"{Prefix}/lib/program";
    private const string Link = "/usr/local/bin/program";
    private const string Settings = "/etc/s-trace/agent.env";

    private static readonly InstallItem[] Items =
    [
        new InstalledFile(Program, [1, 2, 3], Executable: true), new InstalledLink(Link, Program), new InstalledFile(Settings, "A=1\n"),
    ];

    private readonly TemporaryFolder _root = new();
    private readonly Installation _installation;

    public InstallationTests() => _installation = new Installation(_root.Path, Prefix);

    public void Dispose() => _root.Dispose();

    [Fact]
    public void Put_FilesAndLinks_AreThereForAllUsers()
    {
        _installation.Put(Items);

        Assert.Equal([1, 2, 3], File.ReadAllBytes(At(Program)));
        Assert.Equal("-rwxr-xr-x", Mode(Program));
        Assert.Equal("-rw-r--r--", Mode(Settings));
        Assert.Equal(Program, new FileInfo(At(Link)).LinkTarget);
    }

    [Fact]
    public void Remove_AfterPut_LeavesWhatWasThereBefore()
    {
        Directory.CreateDirectory(At("/etc"));
        File.WriteAllText(At("/etc/hosts"), "");
        _installation.Put(Items);
        _installation.Put(Items);

        var result = _installation.Remove();

        Assert.Equal((3, 0), (result!.Value.Removed, result.Value.Kept.Count));
        Assert.Equal([At("/etc"), At("/etc/hosts")], Directory.EnumerateFileSystemEntries(_root.Path, "*", SearchOption.AllDirectories).Order());
        Assert.Null(_installation.Remove());
    }

    [Fact]
    public void Remove_AFileThatWasChanged_KeepsItAndSaysSo()
    {
        _installation.Put(Items);
        File.AppendAllText(At(Settings), "B=2\n");

        Assert.Equal([At(Settings)], _installation.Remove()!.Value.Kept);

        Assert.Equal("A=1\nB=2\n", File.ReadAllText(At(Settings)));
    }

    [Fact]
    public void Put_ANewerVersion_TakesThePlaceOfTheOld()
    {
        _installation.Put(Items);
        using FileStream running = File.OpenRead(At(Program));

        _installation.Put([new InstalledFile(Program, [4], Executable: true), Items[2]]);

        Assert.Equal([4], File.ReadAllBytes(At(Program)));
        Assert.Null(InstallItem.IdentityAt(At(Link)));
        Assert.Equal(3, running.Length); // who has the old file open, or in memory, keeps it
        Assert.Equal([Program, Settings], _installation.Paths);
    }

    [Theory]
    [InlineData(Program)]
    [InlineData(Link)]
    public void Put_SomebodyElsesFileIsInTheWay_RefusesAndChangesNothing(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
        File.WriteAllText(At(path), "other");

        var refusal = Assert.Throws<CliException>(() => _installation.Put(Items));

        Assert.Contains(At(path), refusal.Message);
        Assert.Equal("other", File.ReadAllText(At(path)));
        Assert.False(File.Exists(At(Settings)));
    }

    [Theory]
    [InlineData("agent", "install", "--manager", "nowhere")]
    [InlineData("agent", "install")]
    [InlineData("agent", "install", "--manager", "127.0.0.1:7653", "--prefix", "relative")]
    [InlineData("agent", "install", "--manager", "127.0.0.1:7653", "--host", "a/b")]
    [InlineData("agent", "uninstall", "--prefix", "/with blank")]
    public async Task Command_WithWhatCannotWork_IsAUsageError(params string[] words)
    {
        using var console = new CapturedConsole();

        Assert.Equal(ExitStatus.Usage, await CapturedConsole.RunAsync(words));
        Assert.Single(console.ErrorLines);
    }

    private string At(string path) => _root[path.TrimStart('/')];

    private string Mode(string path) => File.GetUnixFileMode(At(path)) switch
    {
        (UnixFileMode)0b111_101_101 => "-rwxr-xr-x",
        (UnixFileMode)0b110_100_100 => "-rw-r--r--",
        var other => other.ToString(),
    };
}
