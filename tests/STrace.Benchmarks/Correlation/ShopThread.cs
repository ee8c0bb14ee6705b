using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>What the calls of a workload are stamped by: one begins each step.</summary>
internal sealed class ShopClock(long startNs, long stepNs)
{
    public long NowNs { get; private set; } = startNs;

    public long Tick() => NowNs += stepNs;
}

/// <summary>A channel and the descriptor that its process has of it.</summary>
internal sealed record ShopEnd(Channel Channel, int Descriptor);

/// <summary>One thread of the shop, and the calls that it makes.</summary>
internal sealed class ShopThread(ShopClock clock, string host, int pid, int tid)
{
    private const long CallNs = 500;

    private uint _sequence;
    private long _lastExitNs = clock.NowNs;

    public ThreadLife Life { get; } = new() { Host = host, Ring = (ulong)tid, Pid = pid, Tid = tid, Program = host };

    public HostEvent Open(ShopEnd end) => Make(Operation.Open, end, end.Descriptor, 0, null, waits: false);
    public HostEvent Close(ShopEnd end) => Make(Operation.Close, end, 0, 0, null, waits: false);
    public HostEvent Connect(ShopEnd end) => Make(Operation.Connect, end, 0, 0, null, waits: false);
    public HostEvent Accept(ShopEnd end) => Make(Operation.Accept4, end, end.Descriptor, 0, null, waits: true);
    public HostEvent Wait() => Make(Operation.EpollWait, null, 1, 0, null, waits: true);

    public HostEvent Send(Operation operation, ShopEnd end, long bytes, EventDetail? detail = null) =>
        Make(operation, end, bytes, bytes, detail, waits: false);

    /// <summary>What a loop takes is there already; other threads wait for it from their last call on.</summary>
    public HostEvent Receive(Operation operation, ShopEnd end, long bytes, EventDetail? detail = null, bool waits = true) =>
        Make(operation, end, bytes, bytes, detail, waits);

    private HostEvent Make(Operation operation, ShopEnd? end, long result, long bytes, EventDetail? detail, bool waits)
    {
        long nowNs = clock.Tick();
        long enterNs = waits ? _lastExitNs : nowNs;
        _lastExitNs = nowNs + CallNs;
        return new HostEvent
        {
            Thread = Life,
            Sequence = ++_sequence,
            Operation = operation,
            EnterNs = enterNs,
            ExitNs = _lastExitNs,
            Result = result,
            Arg0 = end?.Descriptor ?? 0,
            Channel = end?.Channel,
            Bytes = bytes,
            Detail = detail,
        };
    }
}
