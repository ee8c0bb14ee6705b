using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class ServerConnectionTests
{
    //  server:  accept - read - write | read - write - read(EOF) - close
    //           `-------- A --------'   `------------- B ------------'
    [Fact]
    public void Build_KeptAliveConnection_GivesAPathARequest()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        Channel c = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5000");

        server.Accept(c);
        server.Read(c, 10);
        server.Write(c, 20);
        s.Request = "B";
        server.Read(c, 11);
        server.Write(c, 21);
        server.Read(c, 0);
        server.Close(c);

        s.AssertExact(s.Build());
    }

    //  client:  socket - connect - write - read | write - read - close
    //                                 \   /         \   /
    //  server:           accept ----- read-write | read-write - close
    [Fact]
    public void Build_KeptAliveConnectionWithMonitoredClient_GivesAPathARequest()
    {
        var s = new Scenario();
        TestThread client = s.Thread("h1", 1), server = s.Thread("h2", 2);
        (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");

        client.Socket(c);
        client.Connect(c);
        server.Accept(d);
        foreach (string request in (string[])["A", "B"])
        {
            s.Request = request;
            client.Write(c, 10);
            server.Read(d, 10);
            server.Write(d, 20);
            client.Read(c, 20);
        }
        client.Close(c);
        server.Close(d);

        PathSet set = s.Build();
        s.AssertExact(set);
        Assert.Equal(Operation.Socket, set.Paths[0].Events[0].Event.Operation);
    }

    //  main:  accept A -------------- accept B
    //  t1:            read A (1st half)         read B (1st half) ...
    //  t2:                   read A (2nd half)  ... write A
    [Fact]
    public void Build_DescriptorUsedByOtherThreads_HandsTheRequestOver()
    {
        var s = new Scenario();
        TestThread main = s.Thread("h", 1), t1 = s.Thread("h", 1, 2), t2 = s.Thread("h", 1, 3);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5000"), b = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5001");

        HostEvent acceptA = main.Accept(a), first = t1.Read(a, 4), second = t2.Read(a, 6);
        s.Request = "B";
        HostEvent acceptB = main.Accept(b), readB = t1.Read(b, 4);
        s.Request = "A";
        t2.Write(a, 5);
        t2.Close(a);
        s.Request = "B";
        t1.Write(b, 5);
        t1.Close(b);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.NotNull(set.Edge(acceptA, first, EdgeKind.HandOff));
        Assert.NotNull(set.Edge(first, second, EdgeKind.HandOff));
        Assert.NotNull(set.Edge(acceptB, readB, EdgeKind.HandOff));
    }

    //  16 clients, 29 + 221 bytes each; main accepts; 4 threads read 4 + 246 bytes and ask a back end; all steps interleaved, each
    //  step of a request on another thread of the pool:
    //  client i:  connect - write 29 - write 221 ------------------------------------------------------- read 100
    //  main:               accept
    //  pool:                          read 4 - read 246 - connect - write 50 ------------- read 60 - write 100
    //  back end:                                                 accept - read 50 - write 60
    [Fact]
    public void Build_SixteenInterleavedRequestsThroughAPool_AreExact()
    {
        const int Requests = 16;
        var s = new Scenario();
        TestThread main = s.Thread("h2", 100);
        TestThread[] clients = [.. Enumerable.Range(0, Requests).Select(i => s.Thread("h1", 1000 + i))];
        TestThread[] pool = [.. Enumerable.Range(0, 4).Select(i => s.Thread("h2", 100, 101 + i))];
        TestThread[] backEnds = [.. Enumerable.Range(0, Requests).Select(i => s.Thread("h3", 200, 201 + i))];
        var front = Enumerable.Range(0, Requests).Select(i => s.Tcp("h1", $"10.0.0.1:{5000 + i}", "h2", "10.0.0.2:80")).ToArray();
        var back = Enumerable.Range(0, Requests).Select(i => s.Tcp("h2", $"10.0.0.2:{6000 + i}", "h3", "10.0.0.3:90")).ToArray();
        Action<int>[] steps =
        [
            i => clients[i].Connect(front[i].Client),
            i => main.Accept(front[i].Server),
            i => clients[i].Write(front[i].Client, 29),
            i => pool[i % 4].Read(front[i].Server, 4),
            i => clients[i].Write(front[i].Client, 221),
            i =>
            {
                pool[(i + 1) % 4].Read(front[i].Server, 246);
                pool[(i + 1) % 4].Connect(back[i].Client);
            },
            i => backEnds[i].Accept(back[i].Server),
            i => pool[(i + 2) % 4].Write(back[i].Client, 50),
            i => backEnds[i].Read(back[i].Server, 50),
            i => backEnds[i].Write(back[i].Server, 60),
            i => backEnds[i].Close(back[i].Server),
            i => pool[(i + 3) % 4].Read(back[i].Client, 60),
            i => pool[i % 4].Write(front[i].Server, 100),
            i => clients[i].Read(front[i].Client, 100),
            i => clients[i].Close(front[i].Client),
        ];
        foreach (Action<int> step in steps)
        {
            for (int n = 0; n < Requests; n++)
            {
                int i = n * 7 % Requests;
                s.Request = $"R{i:d2}";
                step(i);
            }
        }

        s.AssertExact(s.Build());
    }

    //  before the session: the connection was accepted.   server:  read - write | read - write
    [Fact]
    public void Build_ConnectionAcceptedBeforeTheSession_IsAServersByItsFirstRead()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        Channel c = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5000");
        foreach (string request in (string[])["A", "B"])
        {
            s.Request = request;
            server.Read(c, 10);
            server.Write(c, 20);
        }

        s.AssertExact(s.Build());
    }

    //  client t1 (A):  connect - write 10                       - read 1
    //  client t2 (B):                                                    - write 10
    //  server:                            accept - read 5 - write 1                 - read 15: 5 bytes of A, 10 of B
    [Fact]
    public void Build_OneReadOfTwoRequests_NamesCandidatesAndJoinsNeither()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h2", 2), t1 = s.Thread("h1", 1, 11), t2 = s.Thread("h1", 1, 12);
        (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");
        Channel a = s.Socket("h1", "10.0.0.1:80", "10.0.0.7:1"), b = s.Socket("h1", "10.0.0.1:80", "10.0.0.7:2");

        t1.Accept(a);
        t1.Connect(c);
        t2.Accept(b);
        HostEvent ofA = t1.Write(c, 10), accept = server.Accept(d);
        HostEvent half = server.Read(d, 5);
        server.Write(d, 1);
        t1.Read(c, 1);
        HostEvent ofB = t2.Write(c, 10);
        HostEvent both = server.Read(d, 15);
        PathSet set = s.Build();

        Assert.Same(set.PathOf(ofA), set.PathOf(half));
        Assert.Same(set.PathOf(ofA), set.PathOf(accept));
        Assert.NotSame(set.PathOf(both), set.PathOf(ofA));
        Assert.NotSame(set.PathOf(both), set.PathOf(ofB));
        CausalPath path = set.PathOf(both)!;
        Assert.Equal(PathStatus.Ambiguous, path.Status);
        Assert.Equal(2, Assert.Single(path.Candidates).Choices.Count);
        Assert.Equal(PathStatus.Ambiguous, set.PathOf(ofB)!.Status);
    }
}
