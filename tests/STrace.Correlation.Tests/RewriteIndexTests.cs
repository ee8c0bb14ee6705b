using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class RewriteIndexTests
{
    private readonly RewriteIndex _index = new();

    [Fact]
    public void Remove_RuleToldAgainWithItsEnd_IsInForceUntilThen()
    {
        RewriteRule rule = Rule(port: 1, installedNs: 10);
        _index.Add(rule);
        _index.Remove(rule);
        Assert.Empty(_index.Covering(Flow(1)));

        _index.Add(rule with { RemovedNs = 20 });
        RewriteAction action = Assert.Single(_index.Covering(Flow(1)));
        Assert.NotNull(action.InForce(15, 30));
        Assert.Null(action.InForce(21, 30));
    }

    //  a rule for each connection, removed soon after
    [Fact]
    public void Forget_ManyRulesThatEnded_KeepsWhatStands()
    {
        _index.Add(Rule(port: 1, installedNs: 0));
        for (int i = 2; i < 60_000; i++)
        {
            _index.Add(Rule((ushort)i, i) with { RemovedNs = i + 1 });
            _index.Forget(endedNs: i);
        }

        Assert.Single(_index.Covering(Flow(1)));
        Assert.Empty(_index.Covering(Flow(2)));
        Assert.InRange(Enumerable.Range(1, 59_999).Count(i => _index.Covering(Flow((ushort)i)).Any()), 1, 5000);
    }

    private static RewriteRule Rule(ushort port, long installedNs) => new()
    {
        InstalledNs = installedNs,
        Dpid = 1,
        Cookie = port,
        Priority = 1,
        Protocol = FlowTuple.Tcp,
        MatchSourcePort = port,
        SetDestination = IpAddress.Parse("10.0.0.9"),
        Match = "",
        Actions = "",
        Source = RewriteSource.Live,
    };

    private static FlowTuple Flow(ushort port) => new(FlowTuple.Tcp, Endpoint.Parse($"10.0.0.1:{port}"), Endpoint.Parse("10.0.0.2:80"));
}
