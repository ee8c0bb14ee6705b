using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class ClockEstimatorTests
{
    private const long Ms = 1_000_000;

    [Fact]
    public void Estimate_NothingObserved_IsEmpty()
    {
        Assert.Empty(new ClockEstimator().Estimate());
    }

    /// <summary><code>
    ///  A 100 ----> 160 B     B is at most 60 ahead
    ///  A 230 &lt;---- 200 B     and at most 30 behind
    /// </code></summary>
    [Fact]
    public void Estimate_OneClock_CorrectsNothing()
    {
        ClockOffset b = Of("B", ("A", 100, "B", 160), ("B", 200, "A", 230));

        Assert.Equal((0, 60, ClockSource.Messages), (b.Knots.Single().OffsetNs, b.Knots.Single().UncertaintyNs, b.Source));
    }

    /// <summary><code>
    ///  A 100 ----> 660 B     B is at most 560 ahead
    ///  A 230 &lt;---- 700 B     and at least 470
    /// </code></summary>
    [Fact]
    public void Estimate_BothDirections_GivesTheMiddleOfWhatIsPossible()
    {
        ClockOffset b = Of("B", ("A", 100, "B", 660), ("B", 700, "A", 230));

        Assert.Equal((515, 45), (b.Knots.Single().OffsetNs, b.Knots.Single().UncertaintyNs));
    }

    [Fact]
    public void Estimate_OneDirectionThatLooksBackwards_CorrectsAsMuchAsItMust()
    {
        ClockOffset b = Of("B", ("A", 1000, "B", 400), ("A", 2000, "B", 1500));

        Assert.Equal((-600, long.MaxValue, ClockSource.Bound), (b.Knots.Single().OffsetNs, b.Knots.Single().UncertaintyNs, b.Source));
    }

    /// <summary>B and C are each known against A, within 100; what went from B to C cuts both down.</summary>
    [Fact]
    public void Estimate_Cycle_KeepsEveryEdgeOfIt()
    {
        (string, long, string, long)[] seen =
        [
            ("A", 0, "B", 1100), ("B", 2000, "A", 1100), ("A", 0, "B", 1100),
            ("A", 0, "C", 1100), ("C", 2000, "A", 1100),
            ("B", 5000, "C", 4850), // C is at least 150 behind B
        ];
        IReadOnlyList<ClockOffset> offsets = Estimate(seen);
        var clocks = new HostClocks(offsets);

        Assert.All(seen, o => Assert.True(clocks.Correct(o.Item3, o.Item4) >= clocks.Correct(o.Item1, o.Item2)));
        Assert.InRange(offsets[1].Knots[0].OffsetNs - offsets[2].Knots[0].OffsetNs, 150, 200);
    }

    [Fact]
    public void Estimate_ManagerReadTheClocks_MeasuresAllByTheManagers()
    {
        var estimator = new ClockEstimator();
        estimator.Add(new ClockReading("A", 1000, 500_001_050, 1100));
        estimator.Add(new ClockReading("B", 2000, -499_997_950, 2100));
        IReadOnlyList<ClockOffset> offsets = estimator.Estimate();

        Assert.Equal([("A", ClockSource.Readings), ("B", ClockSource.Readings)], offsets.Select(o => (o.Host, o.Source)));
        Assert.Equal([500_000_000, -500_000_000], offsets.Select(o => o.Knots.Single().OffsetNs));
        Assert.All(offsets, o => Assert.Equal(50, o.Knots.Single().UncertaintyNs));
    }

    /// <summary>B is known through A; what X says joins it with nobody.</summary>
    [Fact]
    public void Estimate_ManagerReadOneClock_MeasuresByItWhomMessagesJoin()
    {
        var estimator = new ClockEstimator();
        estimator.Add(new ClockReading("A", 1000, 5_001_050, 1100));
        estimator.Link("A", "B").Add(5_002_000, 9_002_030);
        estimator.Link("B", "A").Add(9_003_000, 5_003_030);
        estimator.Link("X", "Y").Add(100, 160);

        Assert.Equal(
            [("A", ClockSource.Readings, 5_000_000), ("B", ClockSource.Readings, 9_000_000), ("X", ClockSource.Unknown, 0), ("Y", ClockSource.Unknown, 0)],
            estimator.Estimate().Select(o => (o.Host, o.Source, o.Knots.Single().OffsetNs)));
    }

    /// <summary><code>
    ///  manager 0 ----> 150 A  100 ----> 90 B       A is ahead of the manager by -50 to 150, of B by at least 10:
    ///  manager 200 &lt;-- 150                         B can be right if A is not, and is read as well
    /// </code></summary>
    [Fact]
    public void Estimate_OneOfTwoHostsCanBeRight_CorrectsOnlyTheOther()
    {
        var estimator = new ClockEstimator();
        estimator.Add(new ClockReading("A", 0, 150, 200));
        estimator.Add(new ClockReading("B", 0, 100, 200));
        estimator.Link("A", "B").Add(100, 90);

        Assert.Single(estimator.Estimate(), o => o.Knots.Single().OffsetNs != 0);
    }

    [Fact]
    public void Estimate_HostsThatNothingJoinsWithTheReference_KeepTheirOrderAmongThemselves()
    {
        IReadOnlyList<ClockOffset> offsets = Estimate(
            ("A", 100, "B", 160), ("B", 200, "A", 230), ("A", 100, "B", 160), ("X", 100, "Y", 660), ("Y", 700, "X", 230));

        Assert.Equal(
            [("A", ClockSource.Reference, 0), ("B", ClockSource.Messages, 0), ("X", ClockSource.Unknown, 0), ("Y", ClockSource.Unknown, 515)],
            offsets.Select(o => (o.Host, o.Source, o.Knots[0].OffsetNs)));
    }

    [Theory]
    [InlineData(0, 500, 30e-6)]
    [InlineData(1, -500, -80e-6)]
    [InlineData(2, 0, 200e-6)]
    public void Estimate_DriftingClock_IsFollowed(int seed, long offsetMs, double drift)
    {
        var s = new ClockSimulation(seed);
        s.Host("A", 0);
        s.Host("B", offsetMs * Ms, drift);
        s.Talk("A", "B", 2000, 40_000, 20_000, seconds: 600);
        s.Talk("B", "A", 2000, 60_000, 20_000, seconds: 600);
        IReadOnlyList<ClockOffset> offsets = s.Estimate();

        s.AssertCausal(offsets);
        s.AssertWithinUncertainty(offsets, 600);
        Assert.Equal(2, offsets[1].Knots.Count);
        Assert.True(offsets[1].Knots.Max(k => k.UncertaintyNs) < 300_000);
    }

    [Theory]
    [InlineData(0, 500)]
    [InlineData(1, -500)]
    [InlineData(2, 20)]
    public void Estimate_ClockWasSet_FindsTheStepAndIsRightOnBothSides(int seed, long stepMs)
    {
        var s = new ClockSimulation(seed);
        s.Host("A", 0);
        s.Host("B", t => t < 31e9 ? 3 * Ms : (3 + stepMs) * Ms);
        s.Talk("A", "B", 2000, 40_000, 20_000, seconds: 60);
        s.Talk("B", "A", 2000, 40_000, 20_000, seconds: 60);
        IReadOnlyList<ClockOffset> offsets = s.Estimate();
        var clocks = new HostClocks(offsets);

        (long timeNs, long byNs) = Assert.Single(offsets[1].Steps);
        Assert.InRange(byNs, stepMs * Ms - 100_000, stepMs * Ms + 100_000);
        Assert.InRange(timeNs, ClockSimulation.StartNs + 28_000 * Ms, ClockSimulation.StartNs + 34_000 * Ms);
        foreach (long second in (long[])[1, 15, 27, 35, 59])
        {
            long now = ClockSimulation.StartNs + second * 1000 * Ms;
            Assert.InRange(clocks.Correct("B", s.ClockOf("B", now)) - now, -100_000, 100_000);
        }
        Assert.Empty(offsets[0].Steps);
        s.AssertCausal(offsets);
    }

    /// <summary>Steered by NTP: 300 ppm one way, then the other. Nothing is set.</summary>
    [Fact]
    public void Estimate_SteeredClock_RunsOnWithoutAStep()
    {
        var s = new ClockSimulation(3);
        s.Host("A", 0);
        s.Host("B", t => 5 * Ms + 300e-6 * Math.Min(t, 60e9 - t));
        s.Talk("A", "B", 5000, 40_000, 20_000, seconds: 60);
        s.Talk("B", "A", 5000, 40_000, 20_000, seconds: 60);
        IReadOnlyList<ClockOffset> offsets = s.Estimate();
        var clocks = new HostClocks(offsets);

        Assert.Empty(offsets.SelectMany(o => o.Steps));
        s.AssertCausal(offsets);
        for (long at = 0; at < 60_000; at += 100)
        {
            long now = ClockSimulation.StartNs + at * Ms;
            Assert.InRange(clocks.Correct("B", s.ClockOf("B", now)) - now, -400_000, 400_000);
            Assert.True(clocks.Correct("B", now + 100) > clocks.Correct("B", now)); // a host's own order stays
        }
    }

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 60)];

    public static TheoryData<int> FewSeeds => [.. Enumerable.Range(0, 15)];

    /// <summary>Any topology, any delays, any offsets and drifts, some hosts known by the manager alone.</summary>
    [Theory]
    [MemberData(nameof(Seeds))]
    public void Estimate_AnyNetwork_IsCausalRightAndTheSameInAnyOrder(int seed)
    {
        var s = new ClockSimulation(seed);
        int hosts = s.Random.Next(2, 9);
        double seconds = s.Random.Next(1, 200);
        for (int i = 0; i < hosts; i++)
            s.Host($"h{i}", s.Random.Next(-500, 501) * Ms, seed % 3 == 0 ? 0 : (s.Random.NextDouble() - 0.5) * 200e-6);
        for (int i = 0; i < hosts; i++)
            for (int j = 0; j < hosts; j++)
                if (i != j && s.Random.Next(3) > 0)
                    s.Talk($"h{i}", $"h{j}", s.Random.Next(1, 400), s.Random.Next(5_000, 300_000), s.Random.Next(1_000, 200_000), seconds);
        for (int i = 0; i < hosts; i++)
            if (s.Random.Next(2) == 0)
                s.Read($"h{i}", seconds, 400_000);
        IReadOnlyList<ClockOffset> offsets = s.Estimate();

        s.AssertCausal(offsets);
        Assert.All(offsets, o => Assert.Empty(o.Contradictions));
        if (seed % 3 == 0)
            s.AssertWithinUncertainty(offsets, seconds);
        s.Shuffle();
        Assert.Equal(offsets.SelectMany(o => o.Knots), s.Estimate().SelectMany(o => o.Knots));
    }

    /// <summary>At some moment each clock's drift changes, and some clocks are set.</summary>
    [Theory]
    [MemberData(nameof(FewSeeds))]
    public void Estimate_ClocksSetAndSteered_IsCausalOutsideTheContradictionsThatItNames(int seed)
    {
        var s = new ClockSimulation(seed);
        for (int i = 0; i < 4; i++)
        {
            double atNs = s.Random.NextDouble() * 60e9, before = Drift(), after = Drift();
            long stepNs = s.Random.Next(3) == 0 ? s.Random.Next(-500, 501) * Ms : 0;
            s.Host($"h{i}", t => before * Math.Min(t, atNs) + (t < atNs ? 0 : stepNs + after * (t - atNs)));
        }
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++)
                if (i != j)
                    s.Talk($"h{i}", $"h{j}", s.Random.Next(50, 400), s.Random.Next(5_000, 300_000), s.Random.Next(1_000, 200_000), seconds: 60);

        s.AssertCausal(s.Estimate());

        double Drift() => (s.Random.NextDouble() - 0.5) * 200e-6;
    }

    [Theory]
    [MemberData(nameof(FewSeeds))]
    public void Estimate_AnyNetworkOfOneClock_CorrectsNothing(int seed)
    {
        var s = new ClockSimulation(seed);
        for (int i = 0; i < 5; i++)
            s.Host($"h{i}", 0);
        for (int i = 0; i < 12; i++)
            s.Talk($"h{s.Random.Next(5)}", $"h{s.Random.Next(5)}", s.Random.Next(1, 300), s.Random.Next(1_000_000), s.Random.Next(1, 1_000_000), seconds: 20);
        for (int i = 0; i < 5; i += 2)
            s.Read($"h{i}", seconds: 20, 400_000);

        Assert.All(s.Estimate(), o => Assert.True(new HostClock(o.Knots).IsRight));
    }

    private static ClockOffset Of(string host, params (string, long, string, long)[] seen) => Estimate(seen).Single(o => o.Host == host);

    private static IReadOnlyList<ClockOffset> Estimate(params (string From, long Sent, string To, long Received)[] seen)
    {
        var estimator = new ClockEstimator();
        foreach (var (from, sent, to, received) in seen)
            estimator.Link(from, to).Add(sent, received);
        return estimator.Estimate();
    }
}
