using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class WakeUpTests
{
    private readonly Scenario _s = new();

    //  main:    accept A - cond_signal                       pool:  cond_wait - read A - write A - close A
    [Theory]
    [InlineData(Operation.CondSignal, Operation.CondWait)]
    [InlineData(Operation.CondBroadcast, Operation.CondTimedwait)]
    [InlineData(Operation.SemPost, Operation.SemClockwait)]
    public void Build_WokenThread_TakesItsWaitIntoTheRequest(Operation post, Operation wait)
    {
        TestThread main = _s.Thread("h", 1), worker = _s.Thread("h", 1, 11);
        Channel a = _s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        main.Accept(a);
        HostEvent posted = main.Call(post, arg0: 0x7000), waited = worker.Call(wait, arg0: 0x7000);
        worker.Read(a, 10);
        worker.Write(a, 10);
        worker.Close(a);
        PathSet set = _s.Build();

        _s.AssertExact(set);
        Assert.NotNull(set.Edge(posted, waited, EdgeKind.HandOff));
    }

    //  loop:  read A - write eventfd            helper:  read eventfd - open file - read eventfd (waits again)
    [Fact]
    public void Build_WorkOfAWokenThread_IsForTheOnlyOneWhoWokeIt()
    {
        TestThread loop = _s.Thread("h", 1), helper = _s.Thread("h", 1, 11);
        Channel a = _s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"), wake = _s.Channel("h", ChannelKind.EventFd);
        loop.Accept(a);
        loop.Read(a, 10);
        HostEvent post = loop.Call(Operation.EventfdWrite, wake, 8);
        HostEvent wait = helper.Call(Operation.EventfdRead, wake, 8);
        helper.Call(Operation.Open, path: "/x");
        _s.Request = null;
        helper.Call(Operation.EventfdRead, wake, 8);
        PathSet set = _s.Build();

        _s.AssertExact(set);
        Assert.NotNull(set.Edge(post, wait, EdgeKind.HandOff));
    }

    //  A and B have woken the helper before it did anything: its work may be for either
    [Fact]
    public void Build_WorkOfAThreadWokenByTwo_IsForNobody()
    {
        TestThread helper = _s.Thread("h", 1, 11);
        foreach (string request in (string[])["A", "B"])
        {
            _s.Request = request;
            TestThread t = _s.Thread("h", 1, 20 + request[0]);
            t.Accept(_s.Socket("h", "10.0.0.1:80", $"10.0.0.2:{(int)request[0]}"));
            t.Call(Operation.SemPost, arg0: 0x7000);
        }
        _s.Request = null;
        helper.Call(Operation.SemWait, arg0: 0x7000);
        helper.Call(Operation.Open, path: "/x");
        helper.Call(Operation.SemWait, arg0: 0x7000);

        _s.AssertExact(_s.Build());
    }

    //  POSIX queue, two messages of different priority: the receiver works for whom the message it took is from
    [Fact]
    public void Build_PosixQueue_HandsOverByPriority()
    {
        Channel queue = _s.Channel("h", ChannelKind.MessageQueue, "/work");
        foreach ((string request, int priority) in (ReadOnlySpan<(string, int)>)[("A", 1), ("B", 9)])
        {
            _s.Request = request;
            TestThread t = _s.Thread("h", 1, 20 + priority);
            t.Accept(_s.Socket("h", "10.0.0.1:80", $"10.0.0.2:{priority}"));
            t.Call(Operation.MqSend, queue, 100, arg2: priority);
        }
        TestThread worker = _s.Thread("h", 1, 11);
        foreach ((string request, int priority) in (ReadOnlySpan<(string, int)>)[("B", 9), ("A", 1)])
        {
            _s.Request = request;
            worker.Call(Operation.MqReceive, queue, 100, arg2: priority);
            worker.Call(Operation.Open, path: "/x");
        }

        _s.AssertExact(_s.Build());
    }

    //  parent (A):  socketpair - posix_spawn - write 10 -------------- read 20
    //  child:                                    read 10 - write 20
    [Fact]
    public void Build_SpawnedChildOnASocketpair_WorksForTheRequest()
    {
        TestThread parent = _s.Thread("h", 1);
        Channel near = _s.Pair("h", "1:7"), far = _s.Pair("h", "1:7");
        parent.Accept(_s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"));
        HostEvent spawn = parent.Call(Operation.PosixSpawn, arg0: 50, path: "/bin/helper");
        TestThread child = _s.Thread("h", 50);
        HostEvent started = child.Call(Operation.Open, path: "/x");
        HostEvent write = parent.Write(near, 10), read = child.Read(far, 10);
        HostEvent answer = child.Write(far, 20), taken = parent.Read(near, 20);
        PathSet set = _s.Build();

        _s.AssertExact(set);
        Assert.NotNull(set.Edge(spawn, started, EdgeKind.Fork));
        Assert.NotNull(set.Edge(write, read, EdgeKind.Ipc));
        Assert.NotNull(set.Edge(answer, taken, EdgeKind.Ipc));
    }

    //  server: read question - ask database - read answer - [waits for a lock] - ask again - answer       it works for its client all the time
    [Fact]
    public void Build_WaitBetweenTwoQuestions_LeavesTheThreadItsRequest()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        Channel c = s.Socket("h", "10.0.0.1:80", "10.0.0.2:5000"), d = s.Socket("h", "10.0.0.1:6000", "10.0.0.3:3306");
        HostEvent accept = server.Accept(c);
        server.Read(c, 10);
        server.Connect(d);
        server.Write(d, 20);
        server.Read(d, 30);
        server.Call(Operation.CondWait, arg0: 0x10);
        HostEvent again = server.Write(d, 20);
        server.Read(d, 30);
        HostEvent answer = server.Write(c, 40);
        PathSet set = s.Build();

        Assert.Same(set.PathOf(accept), set.PathOf(again));
        Assert.Same(set.PathOf(accept), set.PathOf(answer));
    }
}
