using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control.Tests;

public sealed class RewriteInterceptorTests
{
    private static readonly FlowTuple Start =
        new(FlowTuple.Tcp, Endpoint.Parse("10.0.0.2:40000"), Endpoint.Parse("200.200.200.200:3332"));

    [Fact]
    public void Rewrites_RuleCoversAStart_IsKeptWithTheRecordedTime()
    {
        var interceptor = new RewriteInterceptor([Start], "r1");
        interceptor.Installing(2, To("200.200.200.200", "10.0.0.4") with { Cookie = 7 }, recordedNs: 123);

        var rewrite = Assert.Single(interceptor.Rewrites());
        Assert.Equal((2ul, 7ul, 123), (rewrite.Dpid, rewrite.Cookie, rewrite.InstalledNs));
        Assert.Equal((RewriteSource.Replay, "r1"), (rewrite.Source, rewrite.ReplayId));
        Assert.Equal(Endpoint.Parse("10.0.0.4:3332"), rewrite.Apply(Start).Destination);
    }

    [Fact]
    public void Rewrites_ChainInEitherOrder_IsKeptWhole()
    {
        var interceptor = new RewriteInterceptor([Start], "r1");
        interceptor.Installing(3, To("10.0.0.4", "10.0.0.9"), 1);
        interceptor.Installing(2, To("200.200.200.200", "10.0.0.4"), 2);
        interceptor.Installing(4, To("10.0.0.9", "10.0.0.10"), 3);

        Assert.Equal([3ul, 2, 4], interceptor.Rewrites().Select(rewrite => rewrite.Dpid));
    }

    [Fact]
    public void Rewrites_RulesInACircle_End()
    {
        var interceptor = new RewriteInterceptor([Start], "r1");
        interceptor.Installing(2, To("200.200.200.200", "10.0.0.4"), 1);
        interceptor.Installing(3, To("10.0.0.4", "200.200.200.200"), 2);

        Assert.Equal(2, interceptor.Rewrites().Count);
    }

    [Fact]
    public void Rewrites_NoStartCoveredOrNothingChanged_AreNone()
    {
        var interceptor = new RewriteInterceptor([Start], "r1");
        interceptor.Installing(2, To("200.200.200.201", "10.0.0.7"), 1);
        interceptor.Installing(2, new FlowModMessage { Match = new Match { DlType = 0x0800 }, Actions = [new OutputAction(1)] }, 2);

        Assert.Empty(interceptor.Rewrites());
    }

    [Fact]
    public void Refused_ByTheReplaysSwitch_IsNoRewrite()
    {
        var interceptor = new RewriteInterceptor([Start], "r1");
        var rule = To("200.200.200.200", "10.0.0.4") with { Xid = 5 };
        interceptor.Installing(2, rule, 1);
        interceptor.Refused(2, new ErrorMessage { Xid = 5, Data = OpenFlowCodec.Encode(rule) });

        Assert.Empty(interceptor.Rewrites());
    }

    [Fact]
    public void Rewrites_RuleReplaced_EndsWithItsSuccessor()
    {
        var interceptor = new RewriteInterceptor([Start], "r1");
        interceptor.Installing(2, To("200.200.200.200", "10.0.0.4"), 1);
        interceptor.Installing(2, To("200.200.200.200", "10.0.0.5"), 9);

        Assert.Equal([9L, null], interceptor.Rewrites().Select(rewrite => rewrite.RemovedNs));
    }

    private static FlowModMessage To(string from, string to) => new()
    {
        Match = new Match { DlType = 0x0800, NwDst = Ipv4Address.Parse(from) },
        Actions = [new SetNwDstAction(Ipv4Address.Parse(to)), new OutputAction(1)],
    };
}
