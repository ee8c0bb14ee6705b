using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>
/// Finds the object numbers that nobody can use any more: the process that told them has closed all their descriptors, and started no
/// other while it had them, which would have them still. A call that another thread had begun may still name one: it is kept for
/// a while.
/// </summary>
internal sealed class ClosedNumbers
{
    private const long KeptNs = 30_000_000_000;

    private readonly Queue<(long TimeNs, (ushort Arena, uint Number) Key)> _closed = [];
    private readonly Dictionary<int, long> _forks = []; // the last one, by process

    public static bool Concerns(Operation operation) => Effect(operation) != 0 || StartsProcess(operation);

    public void Use((ushort Arena, uint Number) key, KnownNumber? number, int pid, in CallRecord call)
    {
        var operation = (Operation)call.Op;
        if (StartsProcess(operation))
        {
            _forks[pid] = Math.Max(_forks.GetValueOrDefault(pid), (long)call.Enter);
            return;
        }
        bool succeeded = call.DurationErrno <= WireRecord.DurationMask;
        bool isOwn = number is not null && number.Pid == pid && (call.Flags & WireRecord.ChildFlag) == 0;
        if (!succeeded || !isOwn)
            return;
        number!.Descriptors += Effect(operation);
        if (number.Descriptors <= 0)
            _closed.Enqueue(((long)call.Enter, key));
    }

    /// <summary>Those that were closed a while before the time.</summary>
    public IEnumerable<(ushort Arena, uint Number)> Take(long untilNs)
    {
        while (_closed.TryPeek(out var closed) && closed.TimeNs < untilNs - KeptNs)
            yield return _closed.Dequeue().Key;
    }

    public bool IsGone(KnownNumber number) => number.Descriptors <= 0 && _forks.GetValueOrDefault(number.Pid, long.MinValue) < number.SinceNs;

    private static int Effect(Operation operation) => operation switch
    {
        Operation.Close or Operation.Fclose or Operation.Pclose or Operation.Munmap => -1,
        Operation.Dup or Operation.Dup2 or Operation.Dup3 or Operation.FcntlDupfd or Operation.Mmap => 1,
        _ => 0,
    };

    private static bool StartsProcess(Operation operation) => operation is Operation.Fork or Operation.Vfork or Operation.Clone or
        Operation.PosixSpawn or Operation.PosixSpawnp or Operation.System or Operation.Popen;
}
