using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>Rewrites proven by equal initial sequence numbers on both sides.</summary>
public sealed class PacketProofTests
{
    private const string Virtual = "200.200.200.200:80";

    private readonly Scenario _s = new();

    //  h1: SYN 1000 to VIP, SYN-ACK 9000            h2: SYN 1000 to 10.0.0.2:80, SYN-ACK 9000
    [Fact]
    public void Build_SameHandshakeUnderOtherAddresses_JoinsWithoutAnyRule()
    {
        var (connect, near) = Connect(1000, 9000);
        var (accept, far) = Accept("10.0.0.2", 1000, 9000);
        PathSet set = _s.Build(RewriteSource.Packets), without = _s.Build(RewriteSource.Live);

        PathEdge edge = set.Edge(connect, accept, EdgeKind.Rewrite)!;
        Rewrite rewrite = Assert.Single(Assert.Single(set.Paths).Rewrites);
        Assert.Equal("r1", edge.Rewrite);
        Assert.Equal("packets", edge.Rule);
        Assert.Equal(RewriteSource.Packets, rewrite.Source);
        Assert.Equal((0UL, 0UL, 0, null), (rewrite.Dpid, rewrite.Cookie, rewrite.Priority, rewrite.ReplayId));
        Assert.Equal(near[0].Flow, rewrite.From);
        Assert.Equal(far[0].Flow, rewrite.To);
        Assert.Equal(near[0].TimeNs, rewrite.TimeNs);
        Assert.Equal(
            "syn seq=1000,syn-ack seq=9000,tcp,nw_src=10.0.0.1,nw_dst=200.200.200.200,tp_src=5000,tp_dst=80", rewrite.Match);
        Assert.Equal("seen on h10.0.0.2 as tcp,nw_src=10.0.0.1,nw_dst=10.0.0.2,tp_src=5000,tp_dst=80", rewrite.Actions);
        Assert.DoesNotContain(set.Paths[0].Elements, e => e.Kind is "switch" or "rule");
        Assert.Empty(set.Paths[0].Candidates);
        Assert.Equal(2, without.Paths.Count);
    }

    //  the NAT in between: each host's packets stand under its own calls, with the addresses that they had there
    [Fact]
    public void Build_RewrittenConnection_HasEachSidesPacketsUnderItsCalls()
    {
        var (connect, near) = Connect(1000, 9000);
        var (accept, far) = Accept("10.0.0.2", 1000, 9000);
        PathSet set = _s.Build(RewriteSource.Packets);

        Assert.Equal([connect, connect, accept, accept], near.Concat(far).Select(set.CallOf));
        Assert.Equal(
            ["200.200.200.200:80", "10.0.0.2:80"],
            new[] { near[0], far[0] }.Select(p => set.Placed(p)!.Packet.Flow.Destination.ToString()));
    }

    //  the source is rewritten, too, and the SYN was lost once: the server saw the second
    [Fact]
    public void Build_SourceRewrittenAndSynSentAgain_Joins()
    {
        Channel c = _s.Socket("h1", "10.0.0.1:5000", Virtual), d = _s.Socket("h2", "10.0.0.2:80", "172.16.0.9:40001");
        var near = new TestSniffer(_s, c, 1000, 9000);
        HostEvent connect = _s.Thread("h1", 1).Call(Operation.Connect, c, durationNs: 5_000_000_000);
        _s.NowNs -= 4_999_000_000;
        near.Out(TcpMarks.Syn, 0);
        _s.NowNs += 3_000_000_000;
        near.ClientHandshake();
        new TestSniffer(_s, d, 9000, 1000).ServerHandshake();
        HostEvent accept = _s.Thread("h2", 2).Accept(d);

        Assert.NotNull(_s.Build(RewriteSource.Packets).Edge(connect, accept, EdgeKind.Rewrite));
    }

    //  the same SYN number at .2 and .3, and no SYN-ACK from either: which?         with SYN-ACKs: that one with the client's
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Build_TwoHostsWithTheSynsNumber_NeedTheSynAck(bool answersSeen)
    {
        var (connect, _) = Connect(1000, answersSeen ? 9000u : null);
        var (first, _) = Accept("10.0.0.2", 1000, answersSeen ? 8000u : null);
        var (second, _) = Accept("10.0.0.3", 1000, answersSeen ? 9000u : null);
        PathSet set = _s.Build(RewriteSource.Packets);

        Assert.Equal(answersSeen ? 2 : 3, set.Paths.Count);
        Assert.Equal(answersSeen, set.Edge(connect, second, EdgeKind.Rewrite) is not null);
        Assert.Null(set.Edge(connect, first, EdgeKind.Rewrite));
        if (!answersSeen)
        {
            Assert.Equal(PathStatus.Ambiguous, set.PathOf(connect)!.Status);
            Assert.Equal(2, Assert.Single(set.PathOf(connect)!.Candidates).Choices.Count);
            Assert.Single(Assert.Single(set.PathOf(first)!.Candidates).Choices);
        }
    }

    //  equal numbers an hour apart, or another answer: chance
    [Theory]
    [InlineData(3_600_000_000_000, 9000)]
    [InlineData(0, 9001)]
    public void Build_OtherTimeOrOtherAnswer_IsNotJoined(long laterNs, uint answer)
    {
        Connect(1000, 9000);
        _s.NowNs += laterNs;
        Accept("10.0.0.2", 1000, answer);

        Assert.Equal(2, _s.Build(RewriteSource.Packets).Paths.Count);
    }

    //  rule: VIP to .2; packets say the same
    [Fact]
    public void Build_RuleAndPacketsAgree_ListsBoth()
    {
        _s.Rewrite(2, Virtual, "10.0.0.2:80", source: RewriteSource.Replay);
        var (connect, _) = Connect(1000, 9000);
        var (accept, _) = Accept("10.0.0.2", 1000, 9000);
        PathSet set = _s.Build(RewriteSource.Replay, RewriteSource.Packets);

        CausalPath path = Assert.Single(set.Paths);
        Assert.Equal([RewriteSource.Replay, RewriteSource.Packets], path.Rewrites.Select(r => r.Source));
        Assert.Equal(path.Rewrites[0].To, path.Rewrites[1].To);
        Assert.Equal(path.Rewrites[0].From, path.Rewrites[1].From);
        Assert.Equal("r1", set.Edge(connect, accept, EdgeKind.Rewrite)!.Rewrite);
        Assert.Equal(PathStatus.Ok, path.Status);
        Assert.Equal([RewriteSource.Replay], Assert.Single(_s.Build(RewriteSource.Replay).Paths).Rewrites.Select(r => r.Source));
    }

    //  rule: VIP to .3, whose accept fits, too; packets: .2
    [Fact]
    public void Build_PacketsContradictTheRule_JoinsByPacketsAndTellsBoth()
    {
        _s.Rewrite(2, Virtual, "10.0.0.3:80");
        var (connect, _) = Connect(1000, 9000);
        var (accept, _) = Accept("10.0.0.2", 1000, 9000);
        var (other, _) = Accept("10.0.0.3", 1, 2);
        PathSet set = _s.Build(RewriteSource.Live, RewriteSource.Packets);

        CausalPath path = set.PathOf(connect)!;
        PathCandidate told = Assert.Single(path.Candidates);
        Assert.Same(path, set.PathOf(accept));
        Assert.NotSame(path, set.PathOf(other));
        Assert.Equal(PathStatus.Ambiguous, path.Status);
        Assert.Equal(RewriteSource.Packets, Assert.Single(path.Rewrites).Source);
        Assert.StartsWith("packets: syn seq=1000", told.Choices[0], StringComparison.Ordinal);
        Assert.EndsWith("10.0.0.1:5000->10.0.0.3:80", told.Choices[1], StringComparison.Ordinal);
    }

    //  two accepts fit the rules; the packets of one are the client's
    [Fact]
    public void Build_RulesLeaveAChoice_PacketsDecide()
    {
        _s.Rewrite(2, Virtual, "10.0.0.2:80");
        _s.Rewrite(3, Virtual, "10.0.0.3:80");
        var (connect, _) = Connect(1000, 9000);
        Accept("10.0.0.2", 5, 6);
        var (accept, _) = Accept("10.0.0.3", 1000, 9000);
        PathSet set = _s.Build(RewriteSource.Live, RewriteSource.Packets);

        Assert.Equal([3UL, 0UL], set.PathOf(connect)!.Rewrites.Select(r => r.Dpid));
        Assert.Same(set.PathOf(connect), set.PathOf(accept));
        Assert.All(set.Paths, p => Assert.Equal(PathStatus.Ok, p.Status));
    }

    private (HostEvent Connect, CapturedPacket[] Packets) Connect(uint start, uint? answer)
    {
        Channel c = _s.Socket("h1", "10.0.0.1:5000", Virtual);
        var sniffer = new TestSniffer(_s, c, start, answer ?? 0);
        return (_s.Thread("h1", 1).Connect(c), Handshake(
            sniffer.Out(TcpMarks.Syn, 0), answer is null ? null : sniffer.In(TcpMarks.Syn | TcpMarks.Ack, 0, acknowledges: 1)));
    }

    private (HostEvent Accept, CapturedPacket[] Packets) Accept(string replica, uint start, uint? answer)
    {
        string host = $"h{replica}";
        Channel d = _s.Socket(host, $"{replica}:80", "10.0.0.1:5000");
        var sniffer = new TestSniffer(_s, d, answer ?? 0, start);
        CapturedPacket[] packets = Handshake(
            sniffer.In(TcpMarks.Syn, 0), answer is null ? null : sniffer.Out(TcpMarks.Syn | TcpMarks.Ack, 0, acknowledges: 1));
        return (_s.Thread(host, 2).Accept(d), packets);
    }

    private static CapturedPacket[] Handshake(CapturedPacket syn, CapturedPacket? synAck) => synAck is null ? [syn] : [syn, synAck];
}
