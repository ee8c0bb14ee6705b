using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class NTierSimulationTests
{
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public void Build_ManyRequestsInFlight_GivesEachItsExactPath(int seed, bool mainAccepts)
    {
        var s = new Scenario();
        new NTierSimulation(s, new Random(seed), mainAccepts).Run(requests: 200, inFlight: 32);
        for (int replica = 0; replica < 4; replica++)
            s.Rewrite((ulong)replica + 1, $"200.200.200.{replica + 1}:80", $"10.0.{replica}.1:{3328 + replica}");

        s.AssertExact(s.Build(RewriteSource.Live));
    }

    [Fact]
    public void Build_WithoutRewrites_BreaksPathsOnlyAtVirtualAddresses()
    {
        var s = new Scenario();
        new NTierSimulation(s, new Random(5), mainAccepts: true).Run(requests: 100, inFlight: 16);
        PathSet set = s.Build();

        Assert.Equal(100 + set.Unpaired.Count(u => u.Operation == Operation.Accept), set.Paths.Count);
        Assert.All(set.Unpaired, u => Assert.Equal(
            u.Operation == Operation.Connect, u.Flow.Destination.ToString().StartsWith("200.", StringComparison.Ordinal)));
        Assert.Equal(s.Events.Count, set.Paths.Sum(p => p.Events.Count));
    }
}
