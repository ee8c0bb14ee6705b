using STrace.Model;

namespace STrace.Correlation.Tests;

public sealed class DeclaredContextTests
{
    private const string Host = "h";

    private readonly Scenario _s = new();
    private int _opened;

    //  node, one thread, one shared connection to Redis; A and B in flight at once, A's second command after B's answer:
    //  front A:  accept - read                         write - close
    //  front B:               accept - read                  write - close
    //  Redis:              write a1       write b1 - read b1 - write a2 - read a1, a2 (two calls)
    [Fact]
    public void Build_OneThreadAndOneSharedConnection_IsExact()
    {
        TestThread node = _s.Thread(Host, 1);
        Channel redis = Opened(), a = Front(1), b = Front(2);

        Begin(node, a, "A", 1);
        Send(node, redis, 30, 1);
        Begin(node, b, "B", 2);
        Send(node, redis, 31, 2);
        Answer(node, redis, "A");
        _s.Request = "A";
        Send(node, redis, 32, 1);
        Answer(node, redis, "B");
        Answer(node, redis, "A");
        End(node, a, "A", 1);
        End(node, b, "B", 2);

        _s.AssertExact(_s.Build());
    }

    //  Kestrel: every step on another thread of the pool, which the hook tells whom it works for; the front connections' calls
    //  are made by threads that it tells nothing.
    [Fact]
    public void Build_ThirtyTwoRequestsOverAPoolOfThreadsAndConnections_AreExact()
    {
        const int Requests = 32, Pool = 8;
        TestThread[] threads = [.. Enumerable.Range(0, 5).Select(i => _s.Thread(Host, 1, 10 + i))];
        Channel[] pool = [.. Enumerable.Range(0, Pool).Select(_ => Opened())];
        Channel[] fronts = [.. Enumerable.Range(0, Requests).Select(i => Front(i))];
        int turn = 0;
        TestThread Next() => threads[turn++ % threads.Length];

        for (int first = 0; first < Requests; first += Pool)
        {
            int[] batch = [.. Enumerable.Range(first, Pool)];
            foreach (int i in batch)
                Begin(Next(), fronts[i], $"r{i}", (ulong)i + 1);
            foreach (int i in batch)
                Within(Next(), i, t => t.Write(pool[i % Pool], 40));
            foreach (int i in batch)
                Answer(Next(), pool[i % Pool], $"r{i}");
            foreach (int i in batch)
                Within(Next(), i, t => t.Call(Operation.Open, path: "/x"));
            foreach (int i in batch)
            {
                TestThread thread = Next();
                _s.Request = $"r{i}";
                thread.Write(fronts[i], 100);
                thread.Close(fronts[i]);
            }
        }

        _s.AssertExact(_s.Build());

        void Within(TestThread thread, int i, Action<TestThread> call)
        {
            _s.Request = $"r{i}";
            thread.Context = (ulong)i + 1;
            call(thread);
            thread.Context = 0;
        }
    }

    //  write a, b (one call) - read (no marks): the write stands in both paths; whose the answer is, nothing tells
    [Fact]
    public void Build_OneCallForTwoRequests_StandsInBothPaths()
    {
        TestThread node = _s.Thread(Host, 1);
        Channel redis = Opened(), a = Front(1), b = Front(2);

        Begin(node, a, "A", 1);
        Begin(node, b, "B", 2);
        node.Declare(redis, 30, 1);
        node.Declare(redis, 31, 2);
        HostEvent write = node.Write(redis, 61);
        HostEvent read = node.Read(redis, 10);
        PathSet set = _s.Build();

        Assert.Equal(2, set.Paths.Count);
        Assert.All(set.Paths, p => Assert.Contains(p.Events, e => e.Event == write));
        PathCandidate candidate = Assert.Single(set.PathOf(read)!.Candidates);
        Assert.Equal(2, candidate.Choices.Count);
    }

    //  Two answers in one connection's stream, the marks say that both came in the second read:
    //  write A - write B - read (the first part of A's answer) - read (its rest, and B's)
    [Fact]
    public void Build_AnswersWithMarks_GoToWhoAsked()
    {
        TestThread node = _s.Thread(Host, 1);
        Channel redis = Opened(), a = Front(1), b = Front(2);

        Begin(node, a, "A", 1);
        HostEvent askA = Ask(1);
        Begin(node, b, "B", 2);
        HostEvent askB = Ask(2);
        HostEvent begun = Read(Mark(MarkTraits.Response | MarkTraits.Start));
        HostEvent ended = Read(Mark(MarkTraits.Response | MarkTraits.End));
        HostEvent other = Read(Mark(MarkTraits.Response | MarkTraits.Start | MarkTraits.End));
        PathSet set = _s.Build();

        Assert.Equal(set.PathOf(askA), set.PathOf(begun));
        Assert.Equal(set.PathOf(askA), set.PathOf(ended));
        Assert.Equal(set.PathOf(askB), set.PathOf(other));
        Assert.NotEqual(set.PathOf(askA), set.PathOf(askB));

        HostEvent Ask(ulong context)
        {
            node.Declare(redis, 30, context);
            return node.Call(Operation.WriteSocket, redis, 30, 30, marks: [Mark(MarkTraits.Request | MarkTraits.Start | MarkTraits.End)]);
        }

        HostEvent Read(MessageMark mark) => node.Call(Operation.ReadSocket, redis, 20, 20, marks: [mark]);
    }

    [Fact]
    public void Build_BytesDeclaredBeforeTheSession_MoveNothing()
    {
        TestThread node = _s.Thread(Host, 1);
        Channel redis = Opened(), a = Front(1), b = Front(2);

        Begin(node, a, "A", 1);
        Begin(node, b, "B", 2);
        node.Declare(redis, 20, 2); // of 50 bytes: the 30 before them were declared while nothing was recorded
        HostEvent write = node.Write(redis, 50);
        HostEvent next = Send(node, redis, 30, 1);
        PathSet set = _s.Build();

        Assert.NotEqual(set.PathOf(write), set.PathOf(next));
    }

    //  A: read - fork; its child, whose hook declares nothing of its own, writes
    [Fact]
    public void Build_ChildOfARequest_InheritsIt()
    {
        TestThread node = _s.Thread(Host, 1);
        Channel a = Front(1);

        Begin(node, a, "A", 1);
        node.Context = 1;
        TestThread child = node.Fork(2);
        node.Context = 0;
        child.Declare(a, 5, 0);
        child.Call(Operation.Open, path: "/x");
        End(node, a, "A", 1);

        _s.AssertExact(_s.Build());
    }

    [Fact]
    public void Build_WithoutDeclarations_LeavesAThreadItsRequest()
    {
        TestThread node = _s.Thread(Host, 1);
        Channel a = Front(1);

        node.Accept(a);
        node.Read(a, 100);
        node.Call(Operation.Open, path: "/x");
        node.Close(a);

        _s.AssertExact(_s.Build());
    }

    private static MessageMark Mark(MarkTraits traits) => new(MessageProtocol.Resp, traits, 0, 20, 0, 0, [], 0, 0, 1, null);

    private Channel Front(int client) => _s.Socket(Host, "10.0.0.1:80", $"10.0.0.2:{5000 + client}");

    /// <summary>A connection that was opened before the session.</summary>
    private Channel Opened() => _s.Socket(Host, $"10.0.0.1:{6000 + _opened++}", "10.0.0.3:6379");

    private void Begin(TestThread thread, Channel front, string request, ulong context)
    {
        _s.Request = request;
        thread.Accept(front);
        thread.Read(front, 100);
        thread.Declare(front, 0, context);
    }

    private static HostEvent Send(TestThread thread, Channel channel, long bytes, ulong context)
    {
        thread.Declare(channel, bytes, context);
        return thread.Write(channel, bytes);
    }

    private void Answer(TestThread thread, Channel channel, string request)
    {
        _s.Request = request;
        thread.Call(Operation.ReadSocket, channel, 20, 20, marks: [Mark(MarkTraits.Response | MarkTraits.Start | MarkTraits.End)]);
    }

    private void End(TestThread thread, Channel front, string request, ulong context)
    {
        _s.Request = request;
        Send(thread, front, 100, context);
        thread.Close(front);
    }
}
