using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class ConnectionPairingTests
{
    //  client:  connect - write - read - close | connect (the same port again) - write - read - close
    //  server:            accept A ...                                 accept B ...
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Build_PortUsedAgain_PairsInTimeOrder(bool firstAcceptLost)
    {
        var s = new Scenario();
        TestThread client = s.Thread("h1", 1), server = s.Thread("h2", 2);
        var accepts = new List<HostEvent>();
        var connects = new List<HostEvent>();
        foreach (string request in (string[])["A", "B"])
        {
            s.Request = request;
            (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");
            connects.Add(client.Connect(c));
            client.Write(c, 10);
            if (request == "B" || !firstAcceptLost)
            {
                accepts.Add(server.Accept(d));
                server.Read(d, 10);
                server.Write(d, 10);
                server.Close(d);
            }
            client.Read(c, 10);
            client.Close(c);
            s.NowNs += 5_000_000_000;
        }
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.NotNull(set.Edge(connects[1], accepts[^1], EdgeKind.Connection));
        Assert.Equal(firstAcceptLost ? 1 : 0, set.Unpaired.Count);
    }

    //  the server's clock is 0.4 s behind: its accept is stamped before the connect       tolerance 1 s / 0.1 s
    [Theory]
    [InlineData(1_000_000_000, 1)]
    [InlineData(100_000_000, 2)]
    public void Build_ClocksApart_PairsWithinTheTolerance(long toleranceNs, int paths)
    {
        var s = new Scenario();
        TestThread client = s.Thread("h1", 1), server = s.Thread("h2", 2);
        (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");
        HostEvent connect = client.Connect(c);
        s.NowNs -= 400_000_000;
        server.Accept(d);
        PathSet set = s.Build(new CorrelationOptions { ClockToleranceNs = toleranceNs });

        Assert.Equal(paths, set.Paths.Count);
        Assert.Equal(2 * (paths - 1), set.Unpaired.Count);
        Assert.Same(connect, set.PathOf(connect)!.Events[paths == 1 ? 0 : ^1].Event);
    }

    //  one host, a Unix socket:  client connects to /run/app.sock, the server accepts it: no addresses, the path joins them
    [Fact]
    public void Build_UnixSocket_PairsByPath()
    {
        var s = new Scenario();
        TestThread client = s.Thread("h", 1), server = s.Thread("h", 2);
        Channel c = s.Channel("h", ChannelKind.Socket, "/run/app.sock"), d = s.Channel("h", ChannelKind.Socket, "/run/app.sock");
        client.Connect(c);
        server.Accept(d);
        HostEvent write = client.Write(c, 10), read = server.Read(d, 10);
        server.Write(d, 10);
        client.Read(c, 10);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.NotNull(set.Edge(write, read, EdgeKind.Message));
    }

    //  a Unix socket: processes 1 and 2 connect, 3 accepts 2's and then 1's and one of a process that is not monitored:
    //  the kernel says which process each accept is of
    [Fact]
    public void Build_UnixSocketAndThePeersProcess_PairsByIt()
    {
        var s = new Scenario();
        TestThread one = s.Thread("h", 1), two = s.Thread("h", 2), server = s.Thread("h", 3);
        Channel ofOne = s.Channel("h", ChannelKind.Socket, "/run/app.sock"), ofTwo = s.Channel("h", ChannelKind.Socket, "/run/app.sock");
        HostEvent connectOne = one.Connect(ofOne), connectTwo = two.Connect(ofTwo);
        HostEvent acceptTwo = server.Accept(s.UnixAccepted("h", "/run/app.sock", peerPid: 2));
        HostEvent acceptOne = server.Accept(s.UnixAccepted("h", "/run/app.sock", peerPid: 1));
        server.Accept(s.UnixAccepted("h", "/run/app.sock", peerPid: 99));
        PathSet set = s.Build();

        Assert.NotNull(set.Edge(connectOne, acceptOne, EdgeKind.Connection));
        Assert.NotNull(set.Edge(connectTwo, acceptTwo, EdgeKind.Connection));
    }

    //  warm-up thread:  connect, long before; worker (B): write - read         the connection's accept is B's, not the warm-up's
    [Fact]
    public void Build_ConnectionOpenedToFillAPool_DoesNotUniteOpenerAndUser()
    {
        var s = new Scenario { Request = "pool" };
        TestThread filler = s.Thread("h1", 1, 11), worker = s.Thread("h1", 1, 12), server = s.Thread("h2", 2);
        (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");
        filler.Connect(c);
        s.Request = "B";
        server.Accept(d);
        worker.Accept(s.Socket("h1", "10.0.0.1:80", "10.0.0.9:1"));
        HostEvent write = worker.Write(c, 10), read = server.Read(d, 10);
        server.Write(d, 10);
        worker.Read(c, 10);
        PathSet set = s.Build();

        Assert.Equal(2, set.Paths.Count);
        Assert.Same(set.PathOf(write), set.PathOf(read));
        Assert.Equal(1, set.Paths.Count(p => p.Events.Count == 1));
    }
}
