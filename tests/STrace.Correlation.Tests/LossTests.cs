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
