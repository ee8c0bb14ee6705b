namespace STrace.Model.Tests;

public sealed class RewriteRuleTests
{
    private static readonly FlowTuple Flow = new(FlowTuple.Tcp, Endpoint.Parse("10.0.0.5:40003"), Endpoint.Parse("200.200.200.201:3335"));

    private static readonly RewriteRule Open = new()
    {
        InstalledNs = 0,
        Dpid = 3,
        Cookie = 1,
        Priority = 100,
        Match = "",
        Actions = "",
    };

    public static readonly TheoryData<RewriteRule, bool> Rules = new()
    {
        { Open, true },
        { Open with { Protocol = FlowTuple.Tcp, MatchDestinationPort = 3335, MatchSourcePort = 40003 }, true },
        { Open with { Protocol = FlowTuple.Udp }, false },
        { Open with { MatchDestinationPort = 3334 }, false },
        { Open with { MatchSourcePort = 1 }, false },
        { Open with { MatchSource = new IpPrefix(IpAddress.Parse("10.0.0.0"), 8) }, true },
        { Open with { MatchSource = new IpPrefix(IpAddress.Parse("11.0.0.0"), 8) }, false },
        { Open with { MatchDestination = new IpPrefix(IpAddress.Parse("200.200.200.201"), 32) }, true },
        { Open with { MatchDestination = new IpPrefix(IpAddress.Parse("200.200.200.200"), 32) }, false },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void Covers_Flow_ComparesOnlyWhatTheRuleMatches(RewriteRule rule, bool covers) => Assert.Equal(covers, rule.Covers(Flow));

    [Fact]
    public void Apply_DestinationActions_KeepTheSource()
    {
        RewriteRule rule = Open with { SetDestination = IpAddress.Parse("10.0.0.7"), SetDestinationPort = 80 };

        Assert.Equal("10.0.0.5:40003->10.0.0.7:80", rule.Apply(Flow).ToString());
    }

    [Fact]
    public void Apply_SourceActions_KeepTheDestination()
    {
        RewriteRule rule = Open with { SetSource = IpAddress.Parse("10.0.0.1"), SetSourcePort = 1 };

        Assert.Equal("10.0.0.1:1->200.200.200.201:3335", rule.Apply(Flow).ToString());
    }

    [Fact]
    public void Apply_NoActions_ChangesNothing() => Assert.Equal(Flow, Open.Apply(Flow));
}
