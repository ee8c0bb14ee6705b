namespace STrace.FunctionalTests;

/// <summary>What is wrong with a command is told in one sentence and by its exit status.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class CommandLineTests
{
    [Theory]
    [InlineData("session list")]
    [InlineData("session start s")]
    [InlineData("hosts")]
    [InlineData("paths list --session s")]
    [InlineData("export --session s --format json")]
    public async Task Client_NoManager_Ends3AndNamesTheAddress(string command)
    {
        await using var stand = new Stand();
        (await stand.STraceAsync(command.Split(' '))).Refused(3, stand.Server, "s-trace manager", "--server");
    }

    [Theory]
    [InlineData("frobnicate", "'frobnicate'")]
    [InlineData("session frobnicate", "'frobnicate'")]
    [InlineData("session", "command")]
    [InlineData("session list --frobnicate", "'--frobnicate'")]
    [InlineData("session list -o xml", "'xml'")]
    [InlineData("session start", "NAME")]
    [InlineData("paths list", "'--session'")]
    [InlineData("paths list --session", "'--session'")]
    [InlineData("export --session s --format xml", "'xml'")]
    [InlineData("manager --openflow", "'--openflow'")]
    [InlineData("agent --rings many", "'--rings'")]
    [InlineData("agent --rings 0", "--rings")]
    [InlineData("agent --host a/b", "a/b")]
    [InlineData("agent --manager nowhere", "--manager")]
    [InlineData("run", "CMD")]
    [InlineData("hosts --server nonsense", "nonsense")]
    public async Task Command_WrongWords_Ends2AndNamesThem(string command, string named)
    {
        await using var stand = new Stand();
        (await stand.STraceAsync(command.Split(' '))).Refused(2, named);
    }

    [Fact]
    public async Task Doctor_CompleteMachine_Ends0AndWithoutDotItNamesThePackage()
    {
        Finished complete = await RunningProgram.RunAsync(Product.Executable("s-trace"), ["doctor"]);
        Assert.DoesNotContain("MISSING", complete.Succeeded(), StringComparison.Ordinal);

        using var tools = new ToolsWithout("dot");
        Finished without = await RunningProgram.RunAsync(Product.Executable("s-trace"), ["doctor"], tools.Environment);
        Assert.Equal(1, without.Status);
        Assert.Contains("apt-get install graphviz", Assert.Single(without.Output.Split('\n'), l => l.Contains("MISSING", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Export_ManagerWithoutDot_Ends1AndNamesThePackage()
    {
        using var tools = new ToolsWithout("dot");
        await using var stand = new Stand();
        await stand.ManagerAsync(tools.Environment);
        (await stand.STraceAsync("session", "start", "empty")).Succeeded();
        (await stand.STraceAsync("session", "stop")).Succeeded();

        (await stand.STraceAsync("export", "--session", "empty", "--format", "svg")).Refused(1, "dot", "apt-get install graphviz");
        (await stand.STraceAsync("export", "--session", "empty", "--format", "dot")).Succeeded();
    }
}
