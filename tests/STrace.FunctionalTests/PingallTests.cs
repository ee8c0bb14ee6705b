namespace STrace.FunctionalTests;

/// <summary>The manager as a controller that Mininet knows nothing about.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class PingallTests
{
    [NetworkFact]
    public async Task Pingall_PlainManager_DropsNothing()
    {
        await using var stand = new Stand();
        await stand.ManagerAsync();

        Finished mininet = await Scenario.RunAsync("pingall.py", "--port", $"{stand.OpenFlow}");

        mininet.Succeeded();
        Assert.Contains("0% dropped (6/6 received)", mininet.Output + mininet.Errors, StringComparison.Ordinal);
    }

    [NetworkFact]
    public async Task Pingall_ManagerStartedByMininet_DropsNothing()
    {
        await using var stand = new Stand();

        Finished mininet = await Scenario.RunAsync(
            "pingall.py", "--port", $"{stand.OpenFlow}", "--start",
            $"command={Product.Executable("s-trace")},http=127.0.0.1:{stand.Http},agents={stand.AgentsAddress},data={stand.In("data")}");

        mininet.Succeeded();
        Assert.Contains("0% dropped (6/6 received)", mininet.Output + mininet.Errors, StringComparison.Ordinal);
    }
}
