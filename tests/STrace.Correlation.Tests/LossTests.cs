using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class LossTests
{
    //  client:  connect - write 10 - [3 calls lost] - write 10 - write 10
    //  server:  accept - read 10 ------------------ - read 10          which bytes the second read took cannot be said
    [Fact]
    public void Build_LostCalls_RefuseAlignmentBehindTheGap()
    {
        var s = new Scenario();
        TestThread client = s.Thread("h1", 1), server = s.Thread("h2", 2);
        (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");
        client.Connect(c);
        HostEvent accept = server.Accept(d), before = client.Write(c, 10), read1 = server.Read(d, 10);
        client.LoseCalls(3);
        HostEvent behind = client.Write(c, 10), read2 = server.Read(d, 10);
        PathSet set = s.Build();

        Assert.NotNull(set.Edge(before, read1, EdgeKind.Message));
        Assert.Null(set.Edge(behind, read2, EdgeKind.Message));
        CausalPath path = set.PathOf(accept)!;
        Assert.Equal(PathStatus.Lossy, path.Status);
        EventLoss loss = Assert.Single(path.Losses);
        Assert.Equal((3u, 5u), (loss.FirstSequence, loss.LastSequence));
    }

    //  one pooled connection, a request an exchange; the calls of the third are lost at one end: only that exchange is not joined
    [Theory]
    [InlineData(true, 2u)]
    [InlineData(true, 1u)]
    [InlineData(false, 2u)]
    [InlineData(false, 1u)]
    public void Build_LossOnAPooledConnection_CountsAgainWithTheNextExchange(bool atClient, uint calls)
    {
        var s = new Scenario();
        var exchanges = new PooledExchanges(s, 100);
        for (int i = 0; i < 6; i++)
            exchanges.Run(lostAtClient: i == 2 && atClient ? calls : 0, lostAtServer: i == 2 && !atClient ? calls : 0);
        PathSet set = s.Build();

        Assert.Equal([true, true, false, true, true, true], exchanges.AreJoined(set));
        Assert.All(exchanges.Statuses(set)[4..], status => Assert.Equal(PathStatus.Ok, status)); // the lost calls may have been the next one's, too
        Assert.Equal(PathStatus.Lossy, exchanges.Statuses(set)[2]);
    }

    //  the same with losses again and again, at both ends
    [Fact]
    public void Build_LossesOnAPooledConnection_CountAgainBehindEach()
    {
        var s = new Scenario();
        var exchanges = new PooledExchanges(s, 100);
        for (int i = 0; i < 16; i++)
            exchanges.Run(lostAtClient: i == 4 ? 2u : 0, lostAtServer: i is 8 or 9 ? 2u : 0, pauseNs: i is 6 or 12 ? 4_000_000_000 : 0);
        bool[] joined = exchanges.AreJoined(s.Build());

        Assert.Equal([true, true, true, true, false, true, true, true, false, false, true, true, true, true, true, true], joined);
    }

    //  exchanges that are all alike and follow each other closer than the hosts' clocks can tell apart: none is joined to a wrong one
    [Fact]
    public void Build_LossAmongExchangesThatAreAlike_JoinsNoneBehindIt()
    {
        var s = new Scenario();
        var exchanges = new PooledExchanges(s, 0);
        for (int i = 0; i < 6; i++)
            exchanges.Run(lostAtClient: i == 2 ? 2u : 0, lostAtServer: 0);
        PathSet set = s.Build();

        Assert.Equal([true, true, false, false, false, false], exchanges.AreJoined(set));
        Assert.All(exchanges.Statuses(set)[2..], status => Assert.Equal(PathStatus.Lossy, status));
    }

    //  the thread's request A is closed, then calls are lost while it works for B: only B is lossy
    [Fact]
    public void Build_LossInAnotherRequest_LeavesThePathWhole()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        foreach (string request in (string[])["A", "B"])
        {
            s.Request = request;
            Channel c = s.Socket("h", "10.0.0.1:80", $"10.0.0.2:{(int)request[0]}");
            server.Accept(c);
            server.Read(c, 10);
            if (request == "B")
                server.LoseCalls(1);
            server.Close(c);
        }
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.Equal([PathStatus.Ok, PathStatus.Lossy], set.Paths.Select(p => p.Status));
    }

    //  server: accept - read - [call 3: neither recorded nor told] - close       a gap in the numbers is a loss
    [Fact]
    public void Build_GapThatNobodyTold_IsALoss()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        Channel c = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5000");
        HostEvent accept = server.Accept(c);
        server.Read(c, 10);
        server.SkipCalls(1);
        server.Close(c);

        CausalPath path = s.Build().PathOf(accept)!;
        Assert.Equal(PathStatus.Lossy, path.Status);
        Assert.Equal((3u, 3u), Assert.Single(path.Losses.Select(l => (l.FirstSequence, l.LastSequence))));
    }
}
