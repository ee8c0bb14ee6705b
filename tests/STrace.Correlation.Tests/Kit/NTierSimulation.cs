using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>
/// Replicas that answer requests or pass them on, by every mechanism, to new threads and processes and to other replicas, in the
/// calls and order of native/ntier; the calls of many requests interleave at random.
///   client -> replica (main or pool accepts) -> layer (thread or process; file, pipe, queue, memory) -> ... -> replica -> ...
/// </summary>
internal sealed class NTierSimulation(Scenario s, Random random, bool mainAccepts)
{
    private const int Replicas = 4;
    private const int Message = 250;

    private readonly TestThread[] _mains = [.. Enumerable.Range(1, Replicas).Select(i => s.Thread($"h{i}", i * 10_000))];
    private readonly Stack<TestThread>[] _pools = [.. Enumerable.Range(1, Replicas).Select(i =>
        new Stack<TestThread>(Enumerable.Range(1, 64).Select(n => s.Thread($"h{i}", i * 10_000, (i * 10_000) + n))))];

    private int _next = 1000;

    /// <summary>Between two calls nothing happens for up to so long.</summary>
    public long LongestPauseNs { get; init; }

    public void Run(int requests, int inFlight)
    {
        var running = new List<(string Name, IEnumerator<int> Steps)>();
        for (int started = 0; started < requests || running.Count > 0;)
        {
            if (started < requests && running.Count < inFlight)
                running.Add(($"R{started++:d3}", Client().GetEnumerator()));
            int chosen = random.Next(running.Count);
            if (LongestPauseNs > 0)
                s.NowNs += random.NextInt64(LongestPauseNs);
            s.Request = running[chosen].Name;
            if (!running[chosen].Steps.MoveNext())
                running.RemoveAt(chosen);
        }
    }

    private IEnumerable<int> Client() => Ask(s.Thread("client", ++_next), 0, 0);

    /// <summary>Every step is one call, or calls that one thread makes without looking at other requests.</summary>
    private IEnumerable<int> Ask(TestThread t, int fromReplica, int depth)
    {
        int replica = random.Next(Replicas), port = 10_000 + ++_next;
        string from = $"10.0.{(t.Host == "client" ? 9 : fromReplica)}.1:{port}";
        string to = $"10.0.{replica}.1:{3328 + replica}";
        // Every other connection goes through a virtual address.
        Channel c = s.Socket(t.Host, from, port % 2 == 0 ? to : $"200.200.200.{replica + 1}:80");
        Channel d = s.Socket($"h{replica + 1}", to, from);
        t.Socket(c);
        yield return 0;
        t.Connect(c);
        yield return 0;
        if (mainAccepts)
        {
            _mains[replica].Accept(d);
            _mains[replica].Call(Operation.SemPost, arg0: 0x7000);
            yield return 0;
        }
        TestThread worker = _pools[replica].Pop();
        if (mainAccepts)
            worker.Call(Operation.SemWait, arg0: 0x7000);
        else
            worker.Accept(d);
        yield return 0;
        t.Write(c, Message);
        yield return 0;
        int part = random.Next(1, Message);
        worker.Read(d, part);
        yield return 0;
        worker.Read(d, Message - part);
        yield return 0;
        foreach (int step in Serve(worker, replica, depth + 1))
            yield return step;
        worker.Write(d, Message);
        yield return 0;
        worker.Close(d);
        _pools[replica].Push(worker);
        yield return 0;
        t.Read(c, Message);
        yield return 0;
        t.Close(c);
    }

    private IEnumerable<int> Serve(TestThread t, int replica, int depth)
    {
        if (depth > 4 || random.Next(4) == 0)
            return [];
        return random.Next(5) switch
        {
            0 => Ask(t, replica, depth),
            1 => Layer(t, replica, depth, Pipe),
            2 => Layer(t, replica, depth, Queue),
            3 => Layer(t, replica, depth, Memory),
            _ => Layer(t, replica, depth, File),
        };
    }

    private IEnumerable<int> Layer(
        TestThread t, int replica, int depth, Func<string, (Action<TestThread> Give, Action<TestThread> Take, bool Answers)> mechanism)
    {
        var (give, take, answers) = mechanism(t.Host);
        var back = mechanism(t.Host);
        give(t);
        yield return 0;
        TestThread layer = random.Next(2) == 0 ? t.StartThread(100_000 + ++_next) : t.Fork(100_000 + ++_next);
        yield return 0;
        take(layer);
        yield return 0;
        foreach (int step in Serve(layer, replica, depth + 1))
            yield return step;
        if (answers)
            back.Give(layer);
        yield return 0;
        if (layer.Pid != t.Pid)
            layer.Call(Operation.UnderscoreExit, flags: EventTraits.NoReturn);
        yield return 0;
        if (layer.Pid != t.Pid)
            t.Call(Operation.Waitpid, result: layer.Pid);
        else
            t.Join(layer);
        yield return 0;
        if (answers)
            back.Take(t);
        yield return 0;
    }

    private (Action<TestThread>, Action<TestThread>, bool) Pipe(string host)
    {
        Channel pipe = s.Channel(host, ChannelKind.Pipe);
        return (t => t.Write(pipe, Message), t => t.Read(pipe, Message), true);
    }

    /// <summary>One queue for all: the type tells the messages apart.</summary>
    private (Action<TestThread>, Action<TestThread>, bool) Queue(string host)
    {
        int type = ++_next;
        return (
            t => t.Call(Operation.Msgsnd, bytes: Message, arg0: 5, arg1: type),
            t => t.Call(Operation.Msgrcv, bytes: Message, arg0: 5, arg1: type), true);
    }

    private (Action<TestThread>, Action<TestThread>, bool) Memory(string host)
    {
        int id = ++_next;
        void Attach(TestThread t)
        {
            t.Call(Operation.Shmget, result: id);
            t.Call(Operation.Shmat, arg0: id);
        }
        return (Attach, Attach, false);
    }

    private (Action<TestThread>, Action<TestThread>, bool) File(string host)
    {
        Channel file = s.Channel(host, ChannelKind.File, $"/tmp/{++_next}");
        void Use(TestThread t, Operation operation)
        {
            t.Call(Operation.Fopen, file, result: _next, path: file.Path);
            t.Call(operation, file, bytes: Message, arg0: _next);
            t.Call(Operation.Fclose, file, arg0: _next);
        }
        return (t => Use(t, Operation.Fwrite), t => Use(t, Operation.Fread), true);
    }
}
