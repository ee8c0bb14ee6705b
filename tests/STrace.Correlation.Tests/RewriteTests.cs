using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class RewriteTests
{
    private const string Virtual = "200.200.200.200:80";

    //  connect 10.0.0.1:5000->VIP      of-sw 2: VIP to .2:80      of-sw 3: VIP to .3:80
    //  accepts from 10.0.0.1:5000 at both .2 and .3: which of them?
    [Fact]
    public void Build_TwoAcceptsFit_NamesCandidatesAndJoinsNeither()
    {
        var s = new Scenario();
        s.Rewrite(2, Virtual, "10.0.0.2:80");
        s.Rewrite(3, Virtual, "10.0.0.3:80");
        HostEvent connect = Connect(s, 5000), one = Accept(s, "10.0.0.2", 5000), two = Accept(s, "10.0.0.3", 5000);
        PathSet set = s.Build(RewriteSource.Live);

        Assert.Equal(3, set.Paths.Count);
        Assert.Equal(3, set.Unpaired.Count);
        Assert.All(set.Paths, p => Assert.Equal(PathStatus.Ambiguous, p.Status));
        Assert.Equal(2, Assert.Single(set.PathOf(connect)!.Candidates).Choices.Count);
        Assert.Single(Assert.Single(set.PathOf(one)!.Candidates).Choices);
        Assert.Single(Assert.Single(set.PathOf(two)!.Candidates).Choices);
    }

    //  as above, but the connect from :5001 can only have gone to .3: so it did, and that one from :5000 stays open
    [Fact]
    public void Build_OneAcceptFits_JoinsInSpiteOfOtherRules()
    {
        var s = new Scenario();
        s.Rewrite(2, Virtual, "10.0.0.2:80");
        s.Rewrite(3, Virtual, "10.0.0.3:80");
        HostEvent connect = Connect(s, 5001), accept = Accept(s, "10.0.0.3", 5001), other = Accept(s, "10.0.0.2", 5000);
        PathSet set = s.Build(RewriteSource.Live);

        Assert.NotNull(set.Edge(connect, accept, EdgeKind.Rewrite));
        Assert.Equal(set.PathOf(other)!.Id, Assert.Single(set.Unpaired).Path);
    }

    //  VIP:80 -(dpid 1)-> 10.8.0.1:80 -(dpid 2)-> 10.9.0.1:81 -(dpid 3)-> 10.0.0.2:80
    [Fact]
    public void Build_ChainedRewrites_Compose()
    {
        var s = new Scenario();
        s.Rewrite(3, "10.9.0.1:81", "10.0.0.2:80");
        s.Rewrite(1, Virtual, "10.8.0.1:80");
        s.Rewrite(2, "10.8.0.1:80", "10.9.0.1:81");
        HostEvent connect = Connect(s, 5000), accept = Accept(s, "10.0.0.2", 5000);
        PathSet set = s.Build(RewriteSource.Live);

        CausalPath path = Assert.Single(set.Paths);
        Assert.Equal([1UL, 2UL, 3UL], path.Rewrites.Select(r => r.Dpid));
        Assert.Equal(["r1", "r2", "r3"], path.Rewrites.Select(r => r.Id));
        Assert.Equal(path.Rewrites[0].To, path.Rewrites[1].From);
        Assert.Equal("r1", set.Edge(connect, accept, EdgeKind.Rewrite)!.Rewrite);
        Assert.Equal(3, path.Elements.Count(e => e.Kind == "switch"));
    }

    //  one switch cannot rewrite a connection twice:  VIP -(dpid 1)-> 10.8.0.1 -(dpid 1)-> 10.0.0.2
    [Fact]
    public void Build_ChainThroughOneSwitch_IsNotJoined()
    {
        var s = new Scenario();
        s.Rewrite(1, Virtual, "10.8.0.1:80");
        s.Rewrite(1, "10.8.0.1:80", "10.0.0.2:80");
        Connect(s, 5000);
        Accept(s, "10.0.0.2", 5000);

        Assert.Equal(2, s.Build(RewriteSource.Live).Unpaired.Count);
    }

    //  time:  rule ----x                    rule ---...                                   rule
    //                    connect accept            connect accept     connect accept ----- (more than the tolerance later)
    [Theory]
    [InlineData(0, 500_000_000L, false)]
    [InlineData(0, null, true)]
    [InlineData(1_500_000_000, null, true)]
    [InlineData(9_000_000_000, null, false)]
    public void Build_RuleNotInForce_IsNotUsed(long installedNs, long? removedNs, bool joined)
    {
        var s = new Scenario();
        s.Rewrite(2, Virtual, "10.0.0.2:80", installedNs, removedNs);
        Connect(s, 5000);
        Accept(s, "10.0.0.2", 5000);

        Assert.Equal(joined ? 1 : 2, s.Build(RewriteSource.Live).Paths.Count);
    }

    //  the same rule live at dpid 2 (twice), in a replay, and at dpid 4
    [Fact]
    public void Build_SameRewriteByManyRules_TakesTheLatestOnTheLowestSwitch()
    {
        var s = new Scenario();
        s.Rewrite(4, Virtual, "10.0.0.2:80", installedNs: 20);
        s.Rewrite(2, Virtual, "10.0.0.2:80", installedNs: 10);
        s.Rewrite(2, Virtual, "10.0.0.2:80", installedNs: 20);
        s.Rewrite(2, Virtual, "10.0.0.2:80", installedNs: 30, source: RewriteSource.Replay);
        Connect(s, 5000);
        Accept(s, "10.0.0.2", 5000);

        Rewrite live = Assert.Single(Assert.Single(s.Build(RewriteSource.Live).Paths).Rewrites);
        Rewrite all = Assert.Single(Assert.Single(s.Build(RewriteSource.Live, RewriteSource.Replay).Paths).Rewrites);

        Assert.Equal((2UL, 20L, RewriteSource.Live), (live.Dpid, live.TimeNs, live.Source));
        Assert.Equal((2UL, 30L, RewriteSource.Replay), (all.Dpid, all.TimeNs, all.Source));
    }

    //  3,000 connects, 3,000 rules, one a connection; the replica alternates
    [Fact]
    public void Build_RulesPerConnection_FindEachItsOwn()
    {
        const int Connections = 3000;
        var s = new Scenario();
        var pairs = new List<(HostEvent Connect, HostEvent Accept)>();
        for (int i = 0; i < Connections; i++)
        {
            string replica = $"10.0.1.{i % 200 + 1}";
            s.Add(new RewriteRule
            {
                InstalledNs = i,
                Dpid = 2,
                Cookie = (ulong)i,
                Priority = 1,
                Match = $"tp_src={10000 + i}",
                Actions = replica,
                Protocol = FlowTuple.Tcp,
                MatchSource = new IpPrefix(IpAddress.Parse("10.0.0.0"), 24),
                MatchDestination = new IpPrefix(IpAddress.Parse("200.200.200.200"), 32),
                MatchDestinationPort = 80,
                MatchSourcePort = (ushort)(10000 + i),
                SetDestination = IpAddress.Parse(replica),
            });
            pairs.Add((Connect(s, 10000 + i), Accept(s, replica, 10000 + i)));
        }
        PathSet set = s.Build(RewriteSource.Live);

        Assert.Empty(set.Unpaired);
        Assert.Equal(Connections, set.Paths.Count);
        Assert.All(set.Paths, p => Assert.Equal(p.Rewrites[0].Match, $"tp_src={p.Rewrites[0].From.Source.Port}"));
    }

    private static HostEvent Connect(Scenario s, int port) =>
        s.Thread("h1", port).Connect(s.Socket("h1", $"10.0.0.1:{port}", Virtual));

    private static HostEvent Accept(Scenario s, string replica, int port) =>
        s.Thread($"h{replica}", port).Accept(s.Socket($"h{replica}", $"{replica}:80", $"10.0.0.1:{port}"));
}
