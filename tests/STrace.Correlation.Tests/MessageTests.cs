using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>Requests, not connections, are the unit: what marks, turns and byte positions tell of one connection's messages.</summary>
public sealed class MessageTests
{
    private readonly Scenario _s = new();
    private readonly TestThread _client;
    private readonly TestThread _server;
    private readonly Channel _c;
    private readonly Channel _d;

    public MessageTests()
    {
        (_client, _server) = (_s.Thread("h1", 1), _s.Thread("h2", 2));
        (_c, _d) = _s.Tcp("h1", "10.0.0.1:50000", "h2", "10.0.0.2:80");
    }

    //  client:  accept A - ask 40 | accept B - ask 50                              read 60 + 70 (one call)
    //  server:                                        read 90 (both) - write 130 (both answers)
    [Fact]
    public void Build_PipelinedRequests_GiveAPathEach()
    {
        _client.Connect(_c);
        _server.Accept(_d);
        HostEvent a = _client.Call(Operation.WriteSocket, _c, 40, marks: [Marks.Question(0, 40)]);
        HostEvent b = _client.Call(Operation.WriteSocket, _c, 50, marks: [Marks.Question(0, 50)]);
        HostEvent both = _server.Call(Operation.ReadSocket, _d, 90, marks: [Marks.Question(0, 40), Marks.Question(40, 90)]);
        HostEvent answers = _server.Call(Operation.WriteSocket, _d, 130, marks: [Marks.Answer(0, 60), Marks.Answer(60, 130)]);
        HostEvent taken = _client.Call(Operation.ReadSocket, _c, 130, marks: [Marks.Answer(0, 60), Marks.Answer(60, 130)]);
        PathSet set = _s.Build();

        Assert.Equal(2, set.Paths.Count);
        Assert.All(set.Paths, p => Assert.Equal([], p.Candidates));
        Assert.All([both, answers, taken], e => Assert.All(set.Paths, p => Assert.Contains(p.Events, x => x.Event == e)));
        Assert.NotSame(set.PathOf(a), set.PathOf(b));
        Assert.Contains(set.PathOf(b)!.Edges, e => e.Kind == EdgeKind.Message && e.Evidence.StartsWith("bytes 60..129", StringComparison.Ordinal));
    }

    //  node (one thread, one connection to Redis): read A - ask a - read B - ask b - read both answers - write A - write B
    [Fact]
    public void Build_SharedConnectionWithMarks_AnswersInTheOrderOfTheQuestions()
    {
        TestThread node = _s.Thread("n", 3);
        Channel frontA = _s.Socket("n", "10.0.0.3:80", "10.0.0.9:1"), frontB = _s.Socket("n", "10.0.0.3:80", "10.0.0.9:2");
        Channel redis = _s.Socket("n", "10.0.0.3:50001", "10.0.0.4:6379");
        node.Accept(frontA);
        node.Read(frontA, 10);
        HostEvent askA = Ask();
        node.Accept(frontB);
        node.Read(frontB, 10);
        HostEvent askB = Ask();
        node.Call(Operation.EpollWait);
        HostEvent both = node.Call(Operation.ReadSocket, redis, 25,
            marks: [Marks.Answer(0, 12, protocol: MessageProtocol.Resp), Marks.Answer(12, 25, protocol: MessageProtocol.Resp)]);
        HostEvent toB = node.Write(frontB, 5), toA = node.Write(frontA, 5);
        PathSet set = _s.Build();

        Assert.Equal(2, set.Paths.Count);
        Assert.Equal(set.PathOf(askA), set.PathOf(toA));
        Assert.Equal(set.PathOf(askB), set.PathOf(toB));
        Assert.All(set.Paths, p => Assert.Contains(p.Events, e => e.Event == both));
        Assert.All(set.Paths, p => Assert.Equal(PathStatus.Ok, p.Status));

        HostEvent Ask() => node.Call(Operation.WriteSocket, redis, 30, marks: [Marks.Question(0, 30, protocol: MessageProtocol.Resp)]);
    }

    //  streams 1 and 3 of one connection, the second is answered first
    [Fact]
    public void Build_StreamsAnsweredOutOfOrder_AreKnownByTheirIds()
    {
        TestThread a = _s.Thread("h1", 1, 11), b = _s.Thread("h1", 1, 12);
        Channel frontA = _s.Socket("h1", "10.0.0.1:80", "10.0.0.9:1"), frontB = _s.Socket("h1", "10.0.0.1:80", "10.0.0.9:2");
        a.Accept(frontA);
        a.Connect(_c);
        _server.Accept(_d);
        HostEvent askA = Ask(a, 1);
        HostEvent readA = Take(1);
        b.Accept(frontB);
        HostEvent askB = Ask(b, 3);
        HostEvent readB = Take(3);
        HostEvent giveB = Give(3), giveA = Give(1);
        HostEvent gotB = Get(3), gotA = Get(1);
        PathSet set = _s.Build();

        Assert.Equal(2, set.Paths.Count);
        Assert.All([readA, giveA, gotA], e => Assert.Equal(set.PathOf(askA), set.PathOf(e)));
        Assert.All([readB, giveB, gotB], e => Assert.Equal(set.PathOf(askB), set.PathOf(e)));

        HostEvent Ask(TestThread t, ulong stream) => t.Call(
            Operation.WriteSocket, _c, 40, marks: [Marks.Question(0, 40, stream: stream, protocol: MessageProtocol.Http2)]);
        HostEvent Take(ulong stream) => _server.Call(
            Operation.ReadSocket, _d, 40, marks: [Marks.Question(0, 40, stream: stream, protocol: MessageProtocol.Http2)]);
        HostEvent Give(ulong stream) => _server.Call(
            Operation.WriteSocket, _d, 60, marks: [Marks.Answer(0, 60, stream: stream, protocol: MessageProtocol.Http2)]);
        HostEvent Get(ulong stream) => a.Call(
            Operation.ReadSocket, _c, 60, marks: [Marks.Answer(0, 60, stream: stream, protocol: MessageProtocol.Http2)]);
    }

    //  100 Continue is no answer yet:   ask - 100 - body - 200 | ask - 200
    [Fact]
    public void Build_InterimResponse_DoesNotEndTheExchange()
    {
        TestThread web = _s.Thread("h1", 1, 5);
        Channel front = _s.Socket("h1", "10.0.0.1:80", "10.0.0.9:1");
        web.Accept(front);
        web.Read(front, 5);
        web.Connect(_c);
        web.Call(Operation.WriteSocket, _c, 40, marks: [Marks.Question(0, 40)]);
        web.Call(Operation.ReadSocket, _c, 25, marks: [Marks.Answer(0, 25, code: 100)]);
        web.Call(Operation.WriteSocket, _c, 400);
        HostEvent last = web.Call(Operation.ReadSocket, _c, 60, marks: [Marks.Answer(0, 60)]);
        web.Write(front, 60);
        PathSet set = _s.Build();

        _s.AssertExact(set);
        Assert.NotNull(set.PathOf(last));
    }

    //  before the session: connected, and kept.    client:  write - read | write - read        server:  read - write | read - write
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Build_ConnectionOlderThanTheSession_IsAlignedByItsMessages(int unheard)
    {
        for (int i = 0; i < 6; i++)
        {
            // The server's host was heard later than the client's.
            _s.Request = $"r{i}";
            _client.Write(_c, 100 + i);
            if (i >= unheard)
            {
                _server.Read(_d, 100 + i);
                _server.Write(_d, 200 + i);
            }
            _client.Read(_c, 200 + i);
        }
        PathSet set = _s.Build();

        _s.AssertExact(set);
        Assert.Equal(6, set.Paths.Count);
        Assert.Empty(set.Unpaired);
    }

    //  client:  write -------------------- read      the server's thread is off its processor when its write has had its effect
    //  server:         read - write ...............
    [Fact]
    public void Build_AnswerThatReturnsLateOnAnOlderConnection_IsAligned()
    {
        for (int i = 0; i < 3; i++)
        {
            _s.Request = $"r{i}";
            _client.Write(_c, 100 + i);
            _server.Read(_d, 100 + i);
            _server.Call(Operation.WriteSocket, _d, bytes: 200 + i, durationNs: 30_000_000);
            _s.NowNs -= 29_000_000;
            _client.Read(_c, 200 + i);
            _s.NowNs += 40_000_000;
        }

        _s.AssertExact(_s.Build());
    }

    //  the same, and the client knows the server by a virtual address
    [Fact]
    public void Build_OlderConnectionBehindARewrite_IsAlignedByItsMessages()
    {
        _s.Rewrite(2, "10.9.9.9:80", "10.0.0.2:80");
        Channel c = _s.Socket("h1", "10.0.0.1:5000", "10.9.9.9:80"), d = _s.Socket("h2", "10.0.0.2:80", "10.0.0.1:5000");
        for (int i = 0; i < 6; i++)
        {
            _s.Request = $"r{i}";
            _client.Write(c, 100 + i);
            _server.Read(d, 100 + i);
            _server.Write(d, 200 + i);
            _client.Read(c, 200 + i);
        }

        _s.AssertExact(_s.Build(RewriteSource.Live));
    }

    //  lengths that do not agree anywhere: nothing is joined, and said
    [Fact]
    public void Build_OlderConnectionWithoutAgreement_IsRefused()
    {
        int[] given = [10, 20, 30, 40], taken = [11, 21, 31, 41];
        for (int i = 0; i < given.Length; i++)
        {
            _client.Write(_c, given[i]);
            _server.Read(_d, taken[i]);
            _server.Write(_d, 5);
            _client.Read(_c, 5);
        }
        PathSet set = _s.Build();

        Assert.DoesNotContain(set.Paths, p => p.Hosts.Count > 1 && p.Edges.Any(e => e.Kind == EdgeKind.Message && e.Evidence.Contains("->10.0.0.2", StringComparison.Ordinal)));
        Assert.Contains(set.Paths, p => p.Flags.Contains(PathStatus.Ambiguous));
    }

    //  client:  connect - write - shutdown(WR) ----------------------- read - close
    //  server:               accept - read - read 0 - write - close
    [Fact]
    public void Build_HalfClosedConnection_IsOneRequest()
    {
        _client.Connect(_c);
        _client.Write(_c, 10);
        _client.Call(Operation.Shutdown, _c, arg1: 1);
        _server.Accept(_d);
        _server.Read(_d, 10);
        _server.Read(_d, 0);
        _server.Write(_d, 20);
        _server.Close(_d);
        _client.Read(_c, 20);
        _client.Close(_c);

        _s.AssertExact(_s.Build());
    }

    //  web:  read A - connect (refused) - connect another - write - read - write A
    [Fact]
    public void Build_Retry_BelongsToTheRequestThatTries()
    {
        TestThread web = _s.Thread("h3", 7);
        Channel front = _s.Socket("h3", "10.0.0.3:80", "10.0.0.9:1");
        Channel first = _s.Socket("h3", "10.0.0.3:50001", "10.0.0.4:90"), second = _s.Socket("h3", "10.0.0.3:50002", "10.0.0.5:90");
        web.Accept(front);
        web.Read(front, 5);
        web.Call(Operation.Connect, first, result: -1, errno: LinuxErrno.ECONNREFUSED);
        web.Close(first);
        web.Connect(second);
        web.Write(second, 10);
        web.Read(second, 10);
        web.Write(front, 20);
        PathSet set = _s.Build();

        _s.AssertExact(set);
        Assert.Equal(PathStatus.Error, Assert.Single(set.Paths).Status);
    }

    //  loop:  read A (waits for news) - epoll_wait - read B - write B - epoll_wait - write A
    [Fact]
    public void Build_LongPoll_StaysApartFromWhatTheLoopServesMeanwhile()
    {
        TestThread loop = _s.Thread("h3", 7);
        Channel a = _s.Socket("h3", "10.0.0.3:80", "10.0.0.9:1"), b = _s.Socket("h3", "10.0.0.3:80", "10.0.0.9:2");
        loop.Accept(a);
        loop.Read(a, 5);
        loop.Call(Operation.EpollWait);
        _s.Request = "B";
        loop.Accept(b);
        loop.Read(b, 5);
        loop.Write(b, 5);
        _s.Request = null;
        loop.Call(Operation.EpollWait);
        _s.Request = "A";
        loop.Write(a, 50);

        _s.AssertExact(_s.Build());
    }
}
