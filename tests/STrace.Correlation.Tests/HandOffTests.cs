using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class HandOffTests
{
    //  main:  accept A - sem_post ---- accept B - sem_post
    //  t1:                                               sem_wait - read B - write B - close B
    //  t2:                     sem_wait ------------------------------- read A - write A - close A
    [Fact]
    public void Build_SemaphoreWithTwoRequestsCrosswise_HandsEachToItsTaker()
    {
        var s = new Scenario();
        TestThread main = s.Thread("h", 1), t1 = s.Thread("h", 1, 11), t2 = s.Thread("h", 1, 12);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"), b = s.Socket("h", "10.0.0.1:80", "10.0.0.2:2");

        main.Accept(a);
        HostEvent postA = main.Call(Operation.SemPost, arg0: 0x7000), waitA = t2.Call(Operation.SemWait, arg0: 0x7000);
        s.Request = "B";
        main.Accept(b);
        HostEvent postB = main.Call(Operation.SemPost, arg0: 0x7000), waitB = t1.Call(Operation.SemWait, arg0: 0x7000);
        Serve(t1, b);
        s.Request = "A";
        Serve(t2, a);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.NotNull(set.Edge(postA, waitA, EdgeKind.HandOff));
        Assert.NotNull(set.Edge(postB, waitB, EdgeKind.HandOff));
    }

    //  main:  accept A - sem_post -------------------- accept (interrupted) --------- exit
    //  t1:                      sem_wait - read A ---------------- write A - close A
    [Fact]
    public void Build_AccepterAfterItHandedOver_IsIdle()
    {
        var s = new Scenario();
        TestThread main = s.Thread("h", 1), t1 = s.Thread("h", 1, 11);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        main.Accept(a);
        main.Call(Operation.SemPost, arg0: 0x7000);
        t1.Call(Operation.SemWait, arg0: 0x7000);
        t1.Read(a, 10);
        s.Request = null;
        main.Call(Operation.Accept, result: -1, errno: LinuxErrno.EINTR);
        s.Request = "A";
        t1.Write(a, 10);
        t1.Close(a);
        s.Request = null;
        main.Call(Operation.Exit, flags: EventTraits.NoReturn);

        s.AssertExact(s.Build());
    }

    //  t1:  accept A - create t2 - join t2 ----------------- exit           t2 closes the connection that t1 accepted
    //  t2:             read A - write A - close A - exit (of A still: t2 was made for it)
    [Fact]
    public void Build_ThreadMadeForAConnection_WorksForItToItsEnd()
    {
        var s = new Scenario();
        TestThread t1 = s.Thread("h", 1);
        foreach (string request in (string[])["A", "B"])
        {
            s.Request = request;
            Channel c = s.Socket("h", "10.0.0.1:80", $"10.0.0.2:{(int)request[0]}");
            t1.Accept(c);
            TestThread t2 = t1.StartThread(12);
            Serve(t2, c);
            t2.Call(Operation.Fopen, path: "/log");
            s.Request = null;
            t1.Call(Operation.Fopen, path: "/config");
        }

        s.AssertExact(s.Build());
    }

    //  parent:  accept A - fork ----------------- waitpid - close A          (a CGI script)
    //  child:              execve | write - exit                             "|": the new program has a ring of its own
    [Fact]
    public void Build_ForkAndExec_WorkForTheRequest()
    {
        var s = new Scenario();
        TestThread parent = s.Thread("h", 1);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        parent.Accept(a);
        TestThread child = parent.Fork(50);
        HostEvent exec = child.Call(Operation.Exec, path: "/bin/cgi", flags: EventTraits.NoReturn);
        TestThread program = s.Thread("h", 50);
        HostEvent write = program.Write(a, 10), exit = program.Call(Operation.Exit, flags: EventTraits.NoReturn);
        HostEvent wait = parent.Call(Operation.Waitpid, result: 50);
        parent.Close(a);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.NotNull(set.Edge(exec, write, EdgeKind.Order));
        Assert.NotNull(set.Edge(exit, wait, EdgeKind.HandOff));
    }

    //  t:  accept A - dup A - close A (one descriptor) - fopen - write A - close A (the other) - fopen
    [Fact]
    public void Build_CloseOfADuplicate_EndsNothing()
    {
        var s = new Scenario();
        TestThread t = s.Thread("h", 1);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        t.Accept(a);
        t.Call(Operation.Dup, a, result: 9);
        t.Close(a);
        t.Call(Operation.Fopen, path: "/x");
        t.Write(a, 10);
        t.Close(a);
        s.Request = null;
        t.Call(Operation.Fopen, path: "/y");

        s.AssertExact(s.Build());
    }

    //  main:  accept A - sem_post 0x7000
    //  t1:    sem_wait 0x9000 (another semaphore) - fopen - read A - ...      neither the wait nor the fopen is of A
    [Fact]
    public void Build_WaitOnAnotherSemaphore_BelongsToNoRequest()
    {
        var s = new Scenario();
        TestThread main = s.Thread("h", 1), t1 = s.Thread("h", 1, 11);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        main.Accept(a);
        main.Call(Operation.SemPost, arg0: 0x7000);
        s.Request = null;
        t1.Call(Operation.SemWait, arg0: 0x9000);
        t1.Call(Operation.Fopen, path: "/etc/app");
        s.Request = "A";
        Serve(t1, a);

        s.AssertExact(s.Build());
    }

    //  t (A):  accept A - create u - close A | accept B - join u          u worked for A: the join is B's, without an edge
    [Fact]
    public void Build_JoinByAnotherRequest_UnitesNothing()
    {
        var s = new Scenario();
        TestThread t = s.Thread("h", 1);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"), b = s.Socket("h", "10.0.0.1:80", "10.0.0.2:2");
        t.Accept(a);
        TestThread u = t.StartThread(50);
        u.Write(a, 10);
        t.Close(a);
        s.Request = "B";
        t.Accept(b);
        t.Join(u);

        s.AssertExact(s.Build());
    }

    //  A writes a file, B reads it whole: B goes on as B
    [Fact]
    public void Build_BusyReaderOfAnothersFile_KeepsItsRequest()
    {
        var s = new Scenario();
        Channel file = s.Channel("h", ChannelKind.File, "/etc/app");
        (string, Operation)[] uses = [("A", Operation.Fwrite), ("B", Operation.Fread)];
        foreach ((string request, Operation operation) in uses)
        {
            s.Request = request;
            TestThread t = s.Thread("h", 1, 10 + request[0]);
            t.Accept(s.Socket("h", "10.0.0.1:80", $"10.0.0.2:{(int)request[0]}"));
            t.Call(Operation.Fopen, file, result: request[0], path: "/etc/app");
            t.Call(operation, file, bytes: 80, arg0: request[0]);
            t.Call(Operation.Fclose, file, arg0: request[0]);
        }

        s.AssertExact(s.Build());
    }

    //  t:  accept A - create - join - create (the same pthread_t again) - join - close A
    [Fact]
    public void Build_PthreadUsedAgain_JoinsTheThreadOfItsTime()
    {
        var s = new Scenario();
        TestThread t = s.Thread("h", 1);
        Channel a = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        t.Accept(a);
        var joins = new List<(HostEvent Last, HostEvent Join)>();
        for (int i = 0; i < 2; i++)
        {
            TestThread made = t.StartThread(12);
            joins.Add((made.Call(Operation.Fopen, path: "/x"), t.Join(made)));
        }
        t.Close(a);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.All(joins, j => Assert.NotNull(set.Edge(j.Last, j.Join, EdgeKind.HandOff)));
    }

    //  both requests:  semop on one semaphore, append to one log, attach one segment       sharing is not causation
    [Fact]
    public void Build_SharedLogSemaphoreAndMemory_MergeNoRequests()
    {
        var s = new Scenario();
        Channel log = s.Channel("h", ChannelKind.File, "/var/log/app"), set = s.Channel("h", ChannelKind.Semaphore);
        (TestThread Thread, string Request, Channel Socket)[] workers = [.. Enumerable.Range(0, 4).Select(i =>
            (s.Thread("h", 1, 10 + i), $"R{i}", s.Socket("h", "10.0.0.1:80", $"10.0.0.2:{i + 1}")))];
        Action<TestThread, Channel>[] steps =
        [
            (t, c) => t.Accept(c),
            (t, c) => t.Read(c, 10),
            (t, _) => t.Call(Operation.Semop, set, arg0: 3),
            (t, _) => t.Call(Operation.Fopen, log, result: 30 + t.Tid, arg1: 0x400, path: "/var/log/app"),
            (t, _) => t.Call(Operation.Fwrite, log, bytes: 80, arg0: 30 + t.Tid),
            (t, _) => t.Call(Operation.Open, log, result: 60 + t.Tid, path: "/var/log/app"),
            (t, _) => t.Call(Operation.ReadFile, log, bytes: 200, arg0: 60 + t.Tid),
            (t, _) => t.Call(Operation.SemPost, arg0: 0x10),
            (t, _) => t.Call(Operation.SemWait, arg0: 0x10),
            (t, _) => t.Call(Operation.Shmget, result: 4),
            (t, _) => t.Call(Operation.Shmat, arg0: 4),
            (t, c) => t.Write(c, 10),
        ];
        foreach (var step in steps)
        {
            foreach (var (thread, request, socket) in workers)
            {
                s.Request = request;
                step(thread, socket);
            }
        }

        s.AssertExact(s.Build());
    }

    private static void Serve(TestThread thread, Channel c)
    {
        thread.Read(c, 10);
        thread.Write(c, 20);
        thread.Close(c);
    }

    //  main:  create t1 - join t1 (returns late) ...............................    the next threads have got t1's pthread_t before the join
    //  t1:                 close                                                    has returned; who creates t2 had begun before the join
    //  other:    create t2 ....................    t2: call - join t2 - create t3
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Build_PthreadGivenAnewBeforeTheJoinReturned_JoinsTheOneBefore(int times)
    {
        var s = new Scenario();
        TestThread main = s.Thread("h", 1), other = s.Thread("h", 1, 2);
        Channel c = s.Socket("h", "10.0.0.1:80", "10.0.0.2:1");
        main.Accept(c);
        TestThread t1 = main.StartThread(7);
        long enterNs = s.NowNs + 500;
        HostEvent last = t1.Call(Operation.Shmdt, arg0: 1, durationNs: 2000);
        s.NowNs = enterNs;
        HostEvent join = main.Call(Operation.PthreadJoin, arg0: 7 * 16, durationNs: 200_000);
        s.NowNs = enterNs - 200;
        s.Request = null;
        for (int i = 0; i < times; i++)
        {
            TestThread next = other.StartThread(7, durationNs: 5000);
            next.Call(Operation.Shmdt, arg0: 1);
            if (i + 1 < times)
                other.Join(next);
        }

        Assert.NotNull(s.Build().Edge(last, join, EdgeKind.HandOff));
    }
}
