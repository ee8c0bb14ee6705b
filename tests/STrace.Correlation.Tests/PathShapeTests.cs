using System.Text.Json;
using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class PathShapeTests
{
    private static readonly JsonSerializerOptions Stored = new() { IgnoreReadOnlyProperties = true };

    //  accept - fopen /usr/share/foo ...... 150 s ...... write - close       (the fault of the dissertation's section 6.2)
    [Fact]
    public void Build_PauseAboveTheThreshold_MakesThePathSlow()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        Channel c = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        server.Accept(c);
        server.Call(Operation.Fopen, s.Channel("h", ChannelKind.File, "/usr/share/foo"), result: 9, path: "/usr/share/foo");
        s.NowNs += 150_000_000_000;
        server.Write(c, 10);
        server.Close(c);
        CausalPath path = Assert.Single(s.Build().Paths);

        Assert.Equal(PathStatus.Slow, path.Status);
        Assert.InRange(path.DurationNs, 150_000_000_000, 150_001_000_000);
        Assert.Equal(
            ["host:h", "process:h/1", "thread:h/1/1", "file:h//usr/share/foo"],
            path.Elements.Select(e => e.Id));
    }

    //  accept, entered an hour before the connection came                  waiting for work is not being slow at it
    [Fact]
    public void Build_LongWaitInAccept_IsNotSlowAndNotDuration()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        Channel c = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        HostEvent accept = server.Call(Operation.Accept, c, durationNs: 3_600_000_000_000);
        HostEvent close = server.Close(c);
        CausalPath path = Assert.Single(s.Build().Paths);

        Assert.Equal(PathStatus.Ok, path.Status);
        Assert.Equal(close.ExitNs - accept.ExitNs, path.DurationNs);
    }

    [Fact]
    public void Build_OpenOfMissingFile_MakesThePathAnError()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        server.Accept(s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"));
        server.Call(Operation.Fopen, result: -1, errno: 2, path: "/usr/share/foo");

        Assert.Equal(PathStatus.Error, Assert.Single(s.Build().Paths).Status);
    }

    //  thread:  accept A - read A | accept B | write A - close A            A has two activities, B one
    [Fact]
    public void Build_ThreadThatReturnsToARequest_GivesTwoActivities()
    {
        var s = new Scenario();
        TestThread loop = s.Thread("h", 1);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"), b = s.Socket("h", "10.0.0.1:80", "10.0.0.2:2");
        loop.Accept(a);
        HostEvent read = loop.Read(a, 10);
        s.Request = "B";
        loop.Accept(b);
        s.Request = "A";
        HostEvent write = loop.Write(a, 10);
        loop.Close(a);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.Equal([["e1", "e2"], ["e3", "e4"]], set.Paths[0].Activities.Select(x => x.Events));
        Assert.NotNull(set.Edge(read, write, EdgeKind.Order));
    }

    //  whoever comes second finds the shared memory there, and uses it; a connect without waiting is asked again how it went
    [Fact]
    public void Build_WhatIsThereAlready_IsNoError()
    {
        var s = new Scenario();
        TestThread server = s.Thread("h", 1);
        server.Accept(s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"));
        server.Call(Operation.Shmget, result: -1, errno: LinuxErrno.EEXIST);
        Channel c = s.Socket("h", "10.0.0.1:5000", "10.0.0.9:80");
        server.Call(Operation.Connect, c, result: -1, errno: 115, flags: EventTraits.NonBlocking);
        server.Call(Operation.Connect, c, result: -1, errno: LinuxErrno.EISCONN);

        Assert.Equal(PathStatus.Ok, Assert.Single(s.Build().Paths).Status);
    }

    [Fact]
    public void Build_SameRequestTwice_HasOneSignatureAndTwoIds()
    {
        var s = new Scenario();
        foreach (string request in (string[])["A", "B"])
        {
            s.Request = request;
            TestThread client = s.Thread("h1", request[0]), server = s.Thread("h2", request[0]);
            (Channel c, Channel d) = s.Tcp("h1", $"10.0.0.1:{(int)request[0]}", "h2", "10.0.0.2:80");
            client.Connect(c);
            server.Accept(d);
            client.Write(c, 10);
            server.Read(d, 10);
        }
        PathSet set = s.Build();

        Assert.Equal(set.Paths[0].Signature, set.Paths[1].Signature);
        Assert.NotEqual(set.Paths[0].Id, set.Paths[1].Id);
        Assert.Matches("^[0-9a-f]{16}$", set.Paths[0].Id);
        Assert.Matches("^[0-9a-f]{64}$", set.Paths[0].Signature);
    }

    //  false evidence: the client has read the answer before it asked
    //  client:  connect - read 20 - write 10              server:  accept - read 10 - write 20
    [Fact]
    public void Build_EvidenceInACircle_DropsALinkAndSaysSo()
    {
        var s = new Scenario();
        TestThread client = s.Thread("h1", 1), server = s.Thread("h2", 2);
        (Channel c, Channel d) = s.Tcp("h1", "10.0.0.1:5000", "h2", "10.0.0.2:80");
        client.Connect(c);
        HostEvent accept = server.Accept(d);
        client.Read(c, 20);
        client.Write(c, 10);
        server.Read(d, 10);
        server.Write(d, 20);
        CausalPath path = Assert.Single(s.Build().Paths);

        Assert.Equal(PathStatus.Ambiguous, path.Status);
        Assert.Contains("cause of its own cause", Assert.Single(path.Candidates).Reason, StringComparison.Ordinal);
        Assert.Equal(path.Events.Count, path.Events.Select(e => e.Id).Distinct().Count());
        Assert.Same(accept, path.Events[1].Event);
    }

    [Fact]
    public void Build_InputInAnyOrder_GivesTheSameResult()
    {
        var s = new Scenario();
        s.Rewrite(2, "10.9.9.9:80", "10.0.0.2:80");
        s.Rewrite(4, "10.9.9.9:80", "10.0.0.2:80");
        for (int i = 0; i < 20; i++)
        {
            TestThread client = s.Thread("h1", 100 + i), server = s.Thread("h2", 2, 200 + i);
            Channel c = s.Socket("h1", $"10.0.0.1:{5000 + i % 7}", i % 2 == 0 ? "10.9.9.9:80" : "10.0.0.2:80");
            Channel d = s.Socket("h2", "10.0.0.2:80", $"10.0.0.1:{5000 + i % 7}"), pipe = s.Channel("h2", ChannelKind.Pipe);
            TestSniffer near = new(s, c, (uint)i * 1000, 5), far = new(s, d, 5, (uint)i * 1000);
            client.Socket(c);
            client.Connect(c);
            near.ClientHandshake();
            s.NowNs -= 300;
            far.ServerHandshake();
            server.Accept(d);
            client.Write(c, 20);
            near.DataOut(1, 20);
            s.NowNs -= 100;
            far.DataIn(1 + i % 3, 20);
            server.Read(d, 20);
            server.Write(pipe, 5);
            TestThread layer = server.StartThread(300 + i);
            layer.Read(pipe, 5);
            if (i % 5 == 0)
                layer.LoseCalls(2);
            layer.Call(Operation.Msgsnd, bytes: 8, arg0: 5, arg1: 1 + i % 3);
            server.Call(Operation.Msgrcv, bytes: 8, arg0: 5);
            server.Join(layer);
            server.Write(d, 30);
            client.Read(c, 30);
        }
        CorrelationOptions options = new() { Rewrites = [RewriteSource.Live, RewriteSource.Packets] };
        string expected = JsonSerializer.Serialize(s.Build(options), Stored);

        for (int seed = 1; seed <= 20; seed++)
            Assert.Equal(expected, JsonSerializer.Serialize(s.Build(options, new Random(seed)), Stored));
    }

    //  50,000 requests from 8 hosts' clients to one server with a thread pool
    [Fact]
    public void Build_FiftyThousandRequests_HasAPathForEach()
    {
        const int Requests = 50_000;
        var s = new Scenario();
        TestThread[] clients = [.. Enumerable.Range(0, 8).Select(i => s.Thread($"c{i}", 1))];
        TestThread[] pool = [.. Enumerable.Range(0, 16).Select(i => s.Thread("server", 1, 1 + i))];
        for (int i = 0; i < Requests; i++)
        {
            TestThread client = clients[i % 8], worker = pool[i % 16];
            (Channel c, Channel d) = s.Tcp(client.Host, $"10.0.0.{i % 8}:{10000 + i / 8}", "server", "10.0.1.1:80");
            client.Connect(c);
            worker.Accept(d);
            client.Write(c, 100);
            worker.Read(d, 100);
            worker.Write(d, 500);
            client.Read(c, 500);
            client.Close(c);
            worker.Close(d);
        }
        PathSet set = s.Build();

        Assert.Equal(Requests, set.Paths.Count);
        Assert.All(set.Paths, p => Assert.Equal(8, p.Events.Count));
        Assert.Empty(set.Unpaired);
    }
}
