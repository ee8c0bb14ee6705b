using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class ClientConnectionTests
{
    //  one thread (an event loop), requests A and B crossing:
    //  accept A - read A - connect A' - accept B - read B - connect B' - write A' - write B' - read B' - write B - read A' - write A
    [Fact]
    public void Build_EventLoop_KeepsRequestsApart()
    {
        var s = new Scenario();
        TestThread loop = s.Thread("h", 1);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5000"), b = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5001");
        Channel upA = s.Socket("h", "10.0.0.1:6000", "10.0.0.3:90"), upB = s.Socket("h", "10.0.0.1:6001", "10.0.0.3:90");
        void For(string request, params Action[] calls)
        {
            s.Request = request;
            foreach (Action call in calls)
                call();
        }

        For("A", () => loop.Accept(a), () => loop.Read(a, 10), () => loop.Call(
            Operation.Connect, upA, result: -1, errno: 115, flags: EventTraits.NonBlocking));
        For("B", () => loop.Accept(b), () => loop.Read(b, 10), () => loop.Connect(upB));
        For("A", () => loop.Write(upA, 10));
        For("B", () => loop.Write(upB, 10), () => loop.Read(upB, 30), () => loop.Write(b, 30), () => loop.Close(b));
        For("A", () => loop.Read(upA, 30), () => loop.Write(a, 30), () => loop.Close(upA), () => loop.Close(a));
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.Equal(4, set.Unpaired.Count);
        Assert.All(set.Paths, p => Assert.Equal(PathStatus.Ok, p.Status));
    }

    //  t1 (A):  accept - connect pool - write - read        t2 (B):  accept - write pool - read
    [Fact]
    public void Build_PooledConnection_BelongsToWhoUsesIt()
    {
        var s = new Scenario();
        TestThread t1 = s.Thread("h", 1, 11), t2 = s.Thread("h", 1, 12), db = s.Thread("d", 9);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5000"), b = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5001");
        (Channel pool, Channel server) = s.Tcp("h", "10.0.0.1:6000", "d", "10.0.0.3:3306");

        t1.Accept(a);
        t1.Connect(pool);
        db.Accept(server);
        db.Write(server, 5);
        t1.Read(pool, 5);
        t1.Write(pool, 10);
        db.Read(server, 10);
        db.Write(server, 20);
        t1.Read(pool, 20);
        s.Request = "B";
        t2.Accept(b);
        t2.Write(pool, 11);
        db.Read(server, 11);
        db.Write(server, 21);
        t2.Read(pool, 21);

        s.AssertExact(s.Build());
    }

    //  client:  socket - connect (no route to host) - exit             no pairing, no start that waits for its counterpart
    [Fact]
    public void Build_FailedConnect_IsAPathWithAnErrorAndNoUnpairedStart()
    {
        var s = new Scenario();
        TestThread client = s.Thread("h1", 1), server = s.Thread("h2", 2);
        (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");
        client.Socket(c);
        HostEvent failed = client.Call(Operation.Connect, c, result: -1, errno: 113);
        client.Call(Operation.Exit, flags: EventTraits.NoReturn);
        s.Request = "B";
        server.Accept(d);
        server.Read(d, 10);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.Equal(PathStatus.Error, set.PathOf(failed)!.Status);
        Assert.Equal(PathStatus.Ok, set.Paths[1].Status);
        Assert.Equal(Operation.Accept, Assert.Single(set.Unpaired).Operation);
    }

    //  idle client:  socket X - socket Y - connect X      only a socket directly before its connect is the request's first call
    [Fact]
    public void Build_SocketNotDirectlyBeforeConnect_StaysOut()
    {
        var s = new Scenario { Request = null };
        TestThread client = s.Thread("h", 1);
        Channel x = s.Socket("h", "10.0.0.1:5000", "10.0.0.2:80"), y = s.Socket("h", "10.0.0.1:5001", "10.0.0.2:80");
        client.Socket(x);
        client.Socket(y);
        s.Request = "A";
        client.Connect(x);
        client.Write(x, 1);

        s.AssertExact(s.Build());
    }
}
