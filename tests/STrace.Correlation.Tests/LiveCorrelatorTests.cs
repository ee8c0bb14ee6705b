using System.Text.Json;
using System.Text.Json.Serialization;
using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>Built while it comes is equal to built at once, whatever the order and the pieces in which it comes.</summary>
public sealed class LiveCorrelatorTests
{
    private static readonly JsonSerializerOptions Text = new() { IgnoreReadOnlyProperties = true, Converters = { new JsonStringEnumConverter() } };
    private static readonly CorrelationOptions Options = new() { Rewrites = [RewriteSource.Live, RewriteSource.Packets], CorrectsClocks = false };

    [Theory]
    [MemberData(nameof(Seeds), 40)]
    public void Build_RandomPieces_EqualAllAtOnce(int seed)
    {
        Scenario s = Run(seed);

        Assert.True(AssertEqual(s, seed) > 0);
    }

    [Theory]
    [MemberData(nameof(Seeds), 40)]
    public void Build_CallsLost_EqualAllAtOnce(int seed)
    {
        Scenario s = Run(seed);
        s.LoseAtRandom(new Random(seed), share: 0.01);

        Assert.True(AssertEqual(s, seed) > 0);
        Assert.Contains(s.Build(Options).Paths, p => p.Status == PathStatus.Lossy);
    }

    //  pooled connections that count again behind each loss
    [Theory]
    [MemberData(nameof(Seeds), 40)]
    public void Build_CallsLostOnPooledConnections_EqualAllAtOnce(int seed)
    {
        var s = new Scenario();
        var random = new Random(seed);
        PooledExchanges[] pool = [.. Enumerable.Range(0, 3).Select(i => new PooledExchanges(s, growth: 1, number: i))];
        for (int i = 0; i < 300; i++)
            pool[random.Next(pool.Length)].Run(Lost(0.03), Lost(0.03), pauseNs: random.NextInt64(100_000_000));

        Assert.True(AssertEqual(s, seed) > 0);
        PathSet set = s.Build(Options);
        Assert.All(pool, p => Assert.Contains(true, p.AreJoined(set)[^20..]));

        uint Lost(double share) => random.NextDouble() < share ? (uint)random.Next(1, 3) : 0;
    }

    [Theory]
    [MemberData(nameof(Seeds), 40)]
    public void Build_HostHeardNoMore_IsLossyAndEqualsAllAtOnce(int seed)
    {
        Scenario s = Run(seed);
        long sinceNs = s.Events.OrderBy(e => e.EnterNs).ElementAt(s.Events.Count / 2).EnterNs;

        AssertEqual(s, seed, ("h2", sinceNs));
        Assert.Contains(s.Build(Options, late: ("h2", sinceNs)).Paths, p => p.Losses.Any(l => l is { Host: "h2", Ring: 0 }));
    }

    public static TheoryData<int> Seeds(int count) => [.. Enumerable.Range(1, count)];

    /// <summary>Requests through all mechanisms, seconds apart, so that some are over long before others begin.</summary>
    private static Scenario Run(int seed)
    {
        var s = new Scenario();
        new NTierSimulation(s, new Random(seed), mainAccepts: seed % 2 == 0) { LongestPauseNs = 20_000_000 }.Run(requests: 120, inFlight: 8);
        for (int replica = 0; replica < 4; replica++)
        {
            s.Addresses[$"h{replica + 1}"] = IpAddress.Parse($"10.0.{replica}.1");
            s.Rewrite((ulong)replica + 1, $"200.200.200.{replica + 1}:80", $"10.0.{replica}.1:{3328 + replica}");
        }
        return s;
    }

    /// <returns>How many paths were final before the end.</returns>
    private static int AssertEqual(Scenario s, int seed, (string, long)? late = null)
    {
        PathSet all = s.Build(Options, late: late);
        LiveResult live = s.BuildLive(Options, new Random(seed), late);

        Assert.Empty(live.Broken);
        Assert.Equal(0, live.LeftOver);
        Assert.Equal(all.Paths.Select(p => p.Id), live.Paths.Select(p => p.Id));
        foreach ((CausalPath one, CausalPath other) in all.Paths.Zip(live.Paths))
            Assert.Equal(AsText(one), AsText(other with { Revision = one.Revision }));
        Assert.Equal(JsonSerializer.Serialize(all.Unpaired, Text), JsonSerializer.Serialize(live.Unpaired, Text));
        Assert.Equal(JsonSerializer.Serialize(all.UnplacedPackets, Text), JsonSerializer.Serialize(live.UnplacedPackets, Text));
        return live.Early;
    }

    private static string AsText(CausalPath path) => JsonSerializer.Serialize(path, Text);
}
