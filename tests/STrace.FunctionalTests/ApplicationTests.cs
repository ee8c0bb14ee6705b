namespace STrace.FunctionalTests;

/// <summary>Applications run as they would without S-Trace: their signals, limits, exit status and output.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class ApplicationTests
{
    private const string Wanted = "^Sig(Ign|Blk)|^Max open files";

    [Theory]
    [InlineData("")]
    [InlineData("env --ignore-signal=HUP,USR1 --block-signal=USR2,CHLD")]
    public async Task Run_SignalsAndLimits_AreThoseOfTheCaller(string before)
    {
        await using var stand = new Stand();
        string show = $"sh -c 'cat /proc/self/status /proc/self/limits | grep -E \"{Wanted}\"'";
        string run = $"{Product.Executable("s-trace")} run -- ";

        Finished shell = await RunningProgram.RunAsync(
            "/bin/sh", ["-c", $"ulimit -S -n 700; {before} {show}; echo; {before} {run}{show}; true"]);

        string[] halves = shell.Succeeded().TrimEnd('\n').Split("\n\n");
        Assert.Contains("Max open files            700", halves[0], StringComparison.Ordinal);
        Assert.Equal(3, halves[0].Split('\n').Length);
        Assert.Equal(halves[0], halves[1]);
    }

    [Fact]
    public async Task Run_LimitLoweredByAShellThatItReplaces_IsNotRaised()
    {
        Finished shell = await RunningProgram.RunAsync(
            "/bin/sh", ["-c", $"ulimit -n 700; exec {Product.Executable("s-trace")} run -- sh -c 'ulimit -H -n'"]);
        Assert.Equal("700\n", shell.Succeeded());
    }

    [Fact]
    public async Task Run_UnknownCommand_Ends127AndNamesIt()
    {
        Finished run = await RunningProgram.RunAsync(Product.Executable("s-trace"), ["run", "--", "nosuchcommand"]);
        Assert.Equal(
            (127, "", "s-trace run: cannot execute nosuchcommand: No such file or directory\n"), (run.Status, run.Output, run.Errors));
    }

    [Fact]
    public async Task Application_NoAgent_RunsOnAndKeepsItsStatus()
    {
        await using var stand = new Stand();
        Finished silent = await RunningProgram.RunAsync(
            Product.Executable("s-trace"), ["run", "--", "sh", "-c", "echo here; exit 7"], Environment(stand));
        Assert.Equal((7, "here\n", ""), (silent.Status, silent.Output, silent.Errors));

        Finished verbose = await RunningProgram.RunAsync(
            Product.Executable("s-trace"), ["run", "--", "sh", "-c", "echo here; exit 7"], Environment(stand, "1"));
        verbose.RefusedAfterLog(7, stand.AgentSocket, "unrecorded");
        Assert.Equal(("here\n", 1), (verbose.Output, verbose.Errors.TrimEnd('\n').Split('\n').Length));
    }

    [Fact]
    public async Task Agent_SecondOfTheSameHost_Ends1AndTheFirstGoesOn()
    {
        await using Stand stand = await Stand.RunningAsync();

        Finished second = await RunningProgram.RunAsync(Product.Executable("s-trace"), stand.AgentCommand);
        second.RefusedAfterLog(1, Stand.Host, stand.AgentSocket);

        (await stand.STraceAsync("session", "start", "s")).Succeeded();
        Finished application = await RunningProgram.RunAsync(
            Product.Executable("s-trace"), ["run", "--", "cat", "/etc/hostname"], Environment(stand, "1"));
        application.Succeeded();
        Assert.Empty(application.Errors);
    }

    private static Dictionary<string, string?> Environment(Stand stand, string? verbose = null) =>
        new() { ["STRACE_SOCKET"] = stand.AgentSocket, ["STRACE_VERBOSE"] = verbose };
}
