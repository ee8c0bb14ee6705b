using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>A thread that makes calls, each half a microsecond long.</summary>
internal sealed class TestThread(Scenario scenario, string host, int pid, int tid, ulong ring, int ppid = 0)
{
    private readonly ThreadLife _life = new() { Host = host, Ring = ring, Pid = pid, Tid = tid, Ppid = ppid, Program = "app" };
    private uint _sequence;

    public string Host { get; } = host;
    public int Pid { get; } = pid;
    public int Tid { get; } = tid;
    public ulong Ring { get; } = ring;

    /// <summary>What the runtime hook says for whom the calls to come are.</summary>
    public ulong Context { get; set; }

    public HostEvent Call(
        Operation operation, Channel? channel = null, long bytes = 0, long result = 0, int errno = 0, long arg0 = 0, long arg1 = 0, long arg2 = 0,
        string? path = null, EventTraits flags = EventTraits.None, long durationNs = 500,
        IReadOnlyList<MessageMark>? marks = null)
    {
        var e = new HostEvent
        {
            Thread = _life,
            Sequence = ++_sequence,
            Operation = operation,
            EnterNs = scenario.NowNs,
            ExitNs = scenario.NowNs + durationNs,
            Channel = channel,
            Bytes = bytes,
            Result = result,
            Errno = errno,
            Arg0 = arg0,
            Arg1 = arg1,
            Arg2 = arg2,
            Flags = flags,
            Detail = new EventDetail { Path = path, Context = Context, Marks = marks ?? [] },
        };
        scenario.NowNs += durationNs + 500;
        scenario.Record(e);
        return e;
    }

    public HostEvent Socket(Channel channel) => Call(Operation.Socket, channel);
    public HostEvent Connect(Channel channel) => Call(Operation.Connect, channel);
    public HostEvent Accept(Channel channel) => Call(Operation.Accept, channel);
    public HostEvent Close(Channel channel) => Call(Operation.Close, channel);
    public HostEvent Read(Channel channel, long bytes) =>
        Call(channel.Kind == ChannelKind.Socket ? Operation.ReadSocket : Operation.ReadPipe, channel, bytes, bytes);
    public HostEvent Write(Channel channel, long bytes) =>
        Call(channel.Kind == ChannelKind.Socket ? Operation.WriteSocket : Operation.WritePipe, channel, bytes, bytes);

    /// <summary>The runtime hook says for whom the next bytes are; 0 bytes: for whom the request is that came in.</summary>
    public void Declare(Channel channel, long bytes, ulong context) =>
        scenario.Record(new DeclaredSend(Host, default, Pid, channel, scenario.NowNs, bytes, context));

    /// <summary>Calls that are lost: they take sequence numbers and leave no event.</summary>
    public void LoseCalls(uint count)
    {
        scenario.Lose(this, _sequence + 1, _sequence + count);
        _sequence += count;
    }

    /// <summary>Calls of which nothing is known, not even that they were lost.</summary>
    public void SkipCalls(uint count) => _sequence += count;

    public TestThread StartThread(int newTid, long durationNs = 500)
    {
        HostEvent create = Call(Operation.PthreadCreate, arg0: newTid * 16, durationNs: durationNs);
        TestThread thread = scenario.Thread(Host, Pid, newTid);
        Started(thread, create, (ulong)newTid * 16);
        return thread;
    }

    public HostEvent Join(TestThread thread) => Call(Operation.PthreadJoin, arg0: thread.Tid * 16);

    public TestThread Fork(int newPid)
    {
        HostEvent fork = Call(Operation.Fork, result: newPid);
        TestThread child = new(scenario, Host, newPid, newPid, scenario.Thread(Host, newPid).Ring, Pid);
        Started(child, fork, 0);
        return child;
    }

    private void Started(TestThread thread, HostEvent by, ulong pthread) => scenario.Record(
        new ThreadOrigin(Host, thread.Ring, thread.Pid, thread.Tid, scenario.NowNs, Ring, by.Sequence, pthread));
}
