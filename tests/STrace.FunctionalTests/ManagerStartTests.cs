namespace STrace.FunctionalTests;

/// <summary>A manager that cannot start says why, and does no harm to the one that runs.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class ManagerStartTests
{
    [Theory]
    [InlineData("openflow")]
    [InlineData("http")]
    [InlineData("agents")]
    public async Task Manager_AddressOfARunningOne_Ends1AndTheFirstGoesOn(string taken)
    {
        await using Stand stand = await Stand.RunningAsync();

        int openFlow = taken == "openflow" ? stand.OpenFlow : Stand.FreePort();
        int http = taken == "http" ? stand.Http : Stand.FreePort();
        string agents = taken == "agents" ? stand.AgentsAddress : $"127.0.0.1:{Stand.FreePort()}";
        string address = taken switch
        {
            "openflow" => $"127.0.0.1:{openFlow}",
            "http" => $"127.0.0.1:{http}",
            _ => stand.In("agents.sock"),
        };
        Finished second = await RunningProgram.RunAsync(
            Product.Executable("s-trace"), stand.ManagerCommand(openFlow, http, agents, "other"));

        second.RefusedAfterLog(1, address, "does another manager run", $"--{taken}");
        await stand.AgentConnectedAsync();
        (await stand.STraceAsync("session", "start", "still")).Succeeded();
    }

    [Fact]
    public async Task Manager_AgentsPortTaken_Ends1AndNamesIt()
    {
        await using var stand = new Stand();
        await stand.ManagerAsync();

        Finished second = await RunningProgram.RunAsync(
            Product.Executable("s-trace"), stand.ManagerCommand(Stand.FreePort(), Stand.FreePort(), $"127.0.0.1:{stand.Http}", "other"));
        second.RefusedAfterLog(1, $"127.0.0.1:{stand.Http}", "does another manager run", "--agents");
    }

    [Fact]
    public async Task Config_SeveralErrors_Ends4AndTellsAllWithTheirKeys()
    {
        Finished manager = await WithConfigAsync("""
            {
              "openflow": "nowhere",
              "http": "127.0.0.1",
              "nat": [
                { "switch": "xyz", "virtual": "200.200.200.200:80", "real": "10.0.0.4:80" },
                { "switch": "2", "virtual": "200.200.200.200:99999", "real": "10.0.0.4:80" },
                { "switch": "2", "virtual": "200.200.200.200:80", "real": "10.0.0.4" }
              ]
            }
            """);

        Assert.Equal(4, manager.Status);
        string[] lines = manager.Errors.TrimEnd('\n').Split('\n');
        Assert.All(lines, line => Assert.StartsWith("s-trace: ", line, StringComparison.Ordinal));
        foreach (string key in new[] { "openflow", "http", "nat[0].switch", "nat[1].virtual", "nat[2].real" })
            Assert.Single(lines, line => line.Contains($"{key}:", StringComparison.Ordinal));
        Assert.Equal(5, lines.Length);
    }

    [Theory]
    [InlineData("{ \"openflow\": ", "line 1")]
    [InlineData("not JSON", "line 1")]
    [InlineData("{\n  \"openflw\": \"127.0.0.1:6653\"\n}", "openflw")]
    [InlineData("{\n  \"nat\": 7\n}", "line 2")]
    [InlineData("", "line 1")]
    public async Task Config_NotOfTheForm_Ends4AndSaysWhere(string text, string where) =>
        (await WithConfigAsync(text)).Refused(4, "manager.json", where);

    [Fact]
    public async Task Config_NullForANatEntry_Ends4AndTellsWhatIsMissing()
    {
        Finished manager = await WithConfigAsync("""{ "nat": [null] }""");
        Assert.Equal(4, manager.Status);
        Assert.Contains("s-trace: nat[0].switch:", manager.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_Missing_Ends4AndNamesTheFile()
    {
        Finished manager = await RunningProgram.RunAsync(Product.Executable("s-trace"), ["manager", "--config", "/nowhere/manager.json"]);
        manager.Refused(4, "/nowhere/manager.json");
    }

    private static async Task<Finished> WithConfigAsync(string text)
    {
        await using var stand = new Stand();
        string file = stand.In("manager.json");
        await File.WriteAllTextAsync(file, text);
        return await RunningProgram.RunAsync(Product.Executable("s-trace"), ["manager", "--config", file]);
    }
}
