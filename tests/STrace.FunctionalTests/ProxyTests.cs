namespace STrace.FunctionalTests;

/// <summary>The manager between real switches and controllers that know nothing of it.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class ProxyTests
{
    [NetworkTheory]
    [InlineData("ovs")]
    [InlineData("osken")]
    public async Task PingallAndIperf_ThroughTheProxy_BothSidesSeeTheSameMessages(string controller)
    {
        Finished proxy = await Scenario.RunAsync("proxy.py", "--bin", Product.Bin, "--controller", controller);

        Assert.Contains("messages are the same on both sides", proxy.Succeeded(), StringComparison.Ordinal);
    }

    [NetworkFact]
    public async Task PingallAndIperf_TlsOnBothSides_DropsNothing() =>
        (await Scenario.RunAsync("proxy.py", "--bin", Product.Bin, "--tls")).Succeeded();

    [Fact]
    public async Task Manager_UpstreamOfAnotherForm_IsRefusedInOneSentence() =>
        (await RunningProgram.RunAsync(Product.Executable("s-trace"), ["manager", "--upstream", "localhost:6633"]))
            .Refused(4, "upstream", "localhost:6633", "tcp:HOST:PORT");

    [Fact]
    public async Task Keys_FolderThatHasSome_AreNotWrittenOver()
    {
        await using var stand = new Stand();
        (await stand.STraceAsync("keys", "init", stand.In("keys"))).Succeeded();
        (await stand.STraceAsync("keys", "init", stand.In("keys"))).Refused(1, "ca-cert.pem", "nothing is written over");
    }
}
