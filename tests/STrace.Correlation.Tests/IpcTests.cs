using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>
/// Each mechanism by which n-Tier hands a request on, to a thread or a forked process that the request starts and to one that was
/// there before:
///   main:   accept - read - (give) ------------------------- write - close
///   layer:                        (take) - (use of the result)
/// </summary>
public sealed class IpcTests
{
    public enum Layer
    {
        NewThread,
        NewProcess,
        WaitingThread,
    }

    [Theory]
    [InlineData(Layer.NewThread)]
    [InlineData(Layer.NewProcess)]
    [InlineData(Layer.WaitingThread)]
    public void Build_Pipe_HandsTheRequestOn(Layer layer)
    {
        Channel? pipe = null;
        Check(layer,
            (s, main) => main.Write(pipe = s.Channel("h", ChannelKind.Pipe), 250),
            (s, taker) => taker.Read(pipe!, 250));
    }

    [Theory]
    [InlineData(Layer.NewThread)]
    [InlineData(Layer.NewProcess)]
    [InlineData(Layer.WaitingThread)]
    public void Build_MessageQueue_HandsTheRequestOn(Layer layer) => Check(layer,
        (s, main) => main.Call(Operation.Msgsnd, bytes: 100, arg0: 5, arg1: 7),
        (s, taker) => taker.Call(Operation.Msgrcv, bytes: 100, result: 100, arg0: 5, arg1: 7));

    [Theory]
    [InlineData(Layer.NewThread)]
    [InlineData(Layer.NewProcess)]
    [InlineData(Layer.WaitingThread)]
    public void Build_SharedMemory_HandsTheRequestOn(Layer layer) => Check(layer,
        (s, main) =>
        {
            main.Call(Operation.Shmget, result: 32769);
            return main.Call(Operation.Shmat, arg0: 32769);
        },
        (s, taker) =>
        {
            taker.Call(Operation.Shmget, result: 32769);
            return taker.Call(Operation.Shmat, arg0: 32769);
        });

    [Theory]
    [InlineData(Layer.NewThread)]
    [InlineData(Layer.NewProcess)]
    [InlineData(Layer.WaitingThread)]
    public void Build_File_HandsTheRequestOn(Layer layer)
    {
        Channel? file = null;
        Check(layer,
            (s, main) =>
            {
                file = s.Channel("h", ChannelKind.File, "/tmp/m");
                main.Call(Operation.Fopen, file, result: 9, path: "/tmp/m");
                HostEvent write = main.Call(Operation.Fwrite, file, bytes: 50, arg0: 9);
                main.Call(Operation.Fclose, file, arg0: 9);
                return write;
            },
            (s, taker) =>
            {
                string? request = s.Request;
                s.Request = layer == Layer.WaitingThread ? null : request;
                taker.Call(Operation.Fopen, file, result: 9, path: "/tmp/m");
                s.Request = request;
                HostEvent read = taker.Call(Operation.Fread, file, bytes: 50, arg0: 9);
                taker.Call(Operation.Fclose, file, arg0: 9);
                return read;
            });
    }

    private static void Check(Layer layer, Func<Scenario, TestThread, HostEvent> give, Func<Scenario, TestThread, HostEvent> take)
    {
        var s = new Scenario();
        TestThread main = s.Thread("h", 1);
        // Another request before it leaves its own traces in the same mechanism.
        foreach (string request in (string[])["A", "B"])
        {
            s.Request = request;
            Channel c = s.Socket("h", "10.0.0.1:80", $"10.0.0.2:{5000 + request[0]}");
            main.Accept(c);
            main.Read(c, 10);
            HostEvent given = give(s, main);
            TestThread taker = layer switch
            {
                Layer.NewThread => main.StartThread(20 + request[0]),
                Layer.NewProcess => main.Fork(20 + request[0]),
                _ => s.Thread("h", 1, 20 + request[0]),
            };
            HostEvent taken = take(s, taker);
            HostEvent last = taker.Call(Operation.UnderscoreExit);
            HostEvent? join = layer switch
            {
                Layer.NewThread => main.Join(taker),
                Layer.NewProcess => main.Call(Operation.Waitpid, result: taker.Pid),
                _ => null,
            };
            main.Write(c, 10);
            main.Close(c);
            PathSet set = s.Build();

            s.AssertExact(set);
            Assert.NotNull(set.Edge(given, taken, EdgeKind.Ipc));
            if (join is not null)
                Assert.NotNull(set.Edge(last, join, EdgeKind.HandOff));
        }
    }

    //  A:  write 4 bytes -.
    //  B:  write 6 bytes --+-- read 10 bytes by an idle thread: whose?
    [Fact]
    public void Build_PipeReadOfTwoRequests_NamesCandidatesAndJoinsNeither()
    {
        var s = new Scenario();
        TestThread a = s.Thread("h", 1, 11), b = s.Thread("h", 1, 12), reader = s.Thread("h", 1, 13);
        Channel pipe = s.Channel("h", ChannelKind.Pipe);
        a.Accept(s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"));
        a.Write(pipe, 4);
        s.Request = "B";
        b.Accept(s.Socket("h", "10.0.0.1:80", "10.0.0.2:2"));
        b.Write(pipe, 6);
        HostEvent read = reader.Read(pipe, 10);
        PathSet set = s.Build();

        Assert.Equal(2, set.Paths.Count);
        Assert.Null(set.PathOf(read));
        Assert.All(set.Paths, p => Assert.Equal([PathStatus.Ambiguous], p.Flags));
    }

    //  A:  write 10 ---- write 10             the reader takes 15 + 5; its first read is stamped before the second write
    //  t:         read 15 (entered before) - read 5
    [Fact]
    public void Build_PipeReadsStampedBeforeTheirWrites_AreJoinedByBytes()
    {
        var s = new Scenario();
        TestThread a = s.Thread("h", 1, 11), reader = s.Thread("h", 1, 13);
        Channel pipe = s.Channel("h", ChannelKind.Pipe);
        a.Accept(s.Socket("h", "10.0.0.1:80", "10.0.0.2:1"));
        HostEvent w1 = a.Write(pipe, 10), r1 = reader.Read(pipe, 15), w2 = a.Write(pipe, 10), r2 = reader.Read(pipe, 5);
        PathSet set = s.Build();

        s.AssertExact(set);
        Assert.StartsWith("bytes 0..9 of", set.Edge(w1, r1, EdgeKind.Ipc)?.Evidence, StringComparison.Ordinal);
        Assert.StartsWith("bytes 10..14 of", set.Edge(w2, r1, EdgeKind.Ipc)?.Evidence, StringComparison.Ordinal);
        Assert.StartsWith("bytes 15..19 of", set.Edge(w2, r2, EdgeKind.Ipc)?.Evidence, StringComparison.Ordinal);
    }

    //  queue:  A type 3, B type 1, C type 2     msgrcv(-2) takes B, msgrcv(0) the oldest: A, msgrcv(0): C
    [Fact]
    public void Build_MessageTypes_AreTakenAsMsgrcvDoes()
    {
        var s = new Scenario();
        (string Request, long Type)[] sends = [("A", 3), ("B", 1), ("C", 2)];
        foreach ((string request, long type) in sends)
        {
            s.Request = request;
            TestThread sender = s.Thread("h", 1, 100 + (int)type);
            sender.Accept(s.Socket("h", "10.0.0.1:80", $"10.0.0.2:{type}"));
            sender.Call(Operation.Msgsnd, bytes: 8, arg0: 5, arg1: type);
        }
        foreach ((string request, long wanted) in (ReadOnlySpan<(string, long)>)[("B", -2), ("A", 0), ("C", 0)])
        {
            s.Request = request;
            s.Thread("h", 1, 200 + request[0]).Call(Operation.Msgrcv, bytes: 8, result: 8, arg0: 5, arg1: wanted);
        }

        s.AssertExact(s.Build());
    }

    //  a: fopen (long under way, gets 9) ............ fread 9           the descriptor was given anew before the close had ended
    //  b:        fclose 9 (of another file)
    [Fact]
    public void Build_DescriptorGivenAnewDuringAClose_StaysOpen()
    {
        var s = new Scenario();
        TestThread writer = s.Thread("h", 1), a = s.Thread("h", 2, 3), b = s.Thread("h", 2, 4);
        Channel file = s.Channel("h", ChannelKind.File, "/tmp/a"), other = s.Channel("h", ChannelKind.File, "/tmp/b");
        writer.Accept(s.Socket("h", "10.0.0.1:80", "10.0.0.2:5000"));
        writer.Call(Operation.Fopen, file, result: 5, path: "/tmp/a");
        HostEvent write = writer.Call(Operation.Fwrite, file, bytes: 50, arg0: 5);
        s.Request = null;
        b.Call(Operation.Fopen, other, result: 9, path: "/tmp/b");
        a.Call(Operation.Fopen, file, result: 9, path: "/tmp/a", durationNs: 3000);
        s.NowNs -= 2000;
        b.Call(Operation.Fclose, other, arg0: 9);
        s.NowNs += 2000;
        HostEvent read = a.Call(Operation.Fread, file, bytes: 50, arg0: 9);

        Assert.NotNull(s.Build().Edge(write, read, EdgeKind.Ipc));
    }
}
