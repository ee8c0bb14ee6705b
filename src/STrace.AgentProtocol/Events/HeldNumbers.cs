using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>
/// Knows which processes can name an object number, as the kernel's tables of descriptors would: the one that told it, and those that
/// were forked while it was theirs, until each has closed all its descriptors or has ended. What calls did is applied in the order of
/// time and a while later: a call that another thread had begun may still name what was closed.
/// </summary>
internal sealed class HeldNumbers
{
    private const long KeptNs = 30_000_000_000;
    private const int UnknownPid = 0; // of a snapshot, or of a program whose start does not tell it: never known to end
    private const int WaitsForStops = 0x2 | 0x8; // WUNTRACED, WCONTINUED: the process may live

    private readonly List<Change> _read = []; // ring by ring, since the last Take
    private readonly Queue<Change> _changes = []; // in the order of time
    private readonly Dictionary<int, Holder> _holders = [];

    private enum Effect
    {
        Tell,
        Close,
        Duplicate,
        Start,
        Wait,
        End,
    }

    /// <param name="Other">The process that was started or waited for.</param>
    private readonly record struct Change(long TimeNs, Effect Effect, int Pid, KnownNumber? Number = null, int Other = UnknownPid);

    private sealed record Holder(int Parent)
    {
        /// <summary>Mappings count, too.</summary>
        public Dictionary<KnownNumber, int> Descriptors { get; } = [];
    }

    public static bool Concerns(Operation operation) => EffectOf(operation) is not null;

    /// <summary>The process has a descriptor by which it tells the number.</summary>
    public void Tell(long timeNs, int pid, KnownNumber number)
    {
        number.Holders++; // from now on, so that it is not forgotten before
        _read.Add(new Change(timeNs, Effect.Tell, pid, number));
    }

    public void Use(KnownNumber? number, int pid, in CallRecord call)
    {
        bool succeeded = call.DurationErrno <= WireRecord.DurationMask;
        var operation = (Operation)call.Op;
        if (!succeeded || EffectOf(operation) is not { } effect)
            return;
        long enterNs = (long)call.Enter;
        switch (effect)
        {
            case Effect.Start:
                _read.Add(new Change(enterNs, effect, pid, Other: Child(operation, call)));
                break;
            case Effect.Wait when call.Result > 0 && (call.Arg1 & WaitsForStops) == 0:
                _read.Add(new Change(enterNs + (long)call.DurationErrno, effect, pid, Other: (int)call.Result));
                break;
            case Effect.End:
                _read.Add(new Change(enterNs, effect, pid));
                break;
            case Effect.Close or Effect.Duplicate when number is not null:
                _read.Add(new Change(enterNs, effect, pid, number));
                break;
        }
    }

    /// <summary>Those that nobody could name a while before the time.</summary>
    /// <param name="ended">Gets the processes that had ended by then, and when.</param>
    public IReadOnlyList<KnownNumber> Take(long untilNs, List<(int Pid, long TimeNs)> ended)
    {
        foreach (Change change in _read.OrderBy(c => c.TimeNs))
            _changes.Enqueue(change);
        _read.Clear();
        var gone = new List<KnownNumber>();
        while (_changes.TryPeek(out Change change) && change.TimeNs < untilNs - KeptNs)
        {
            _changes.Dequeue();
            if (EndedBy(change) is { } pid)
            {
                End(pid, gone);
                ended.Add((pid, change.TimeNs));
            }
            else if (change.Effect == Effect.Start)
            {
                Start(change.Other, change.Pid, gone);
            }
            else if (change.Number is { } number)
            {
                Apply(change, number, gone);
            }
        }
        return gone;
    }

    /// <summary>Null: nobody ended, or not as far as is known: in another namespace the pid may be another's.</summary>
    private int? EndedBy(Change change) => change.Effect switch
    {
        Effect.End => change.Pid,
        Effect.Wait when _holders.TryGetValue(change.Other, out Holder? child) && child.Parent == change.Pid => change.Other,
        _ => null,
    };

    private void Apply(Change change, KnownNumber number, List<KnownNumber> gone)
    {
        if (change.Effect == Effect.Tell)
        {
            if (!Hold(change.Pid, number, 1))
                number.Holders--; // it was held already
            return;
        }
        if (!_holders.TryGetValue(change.Pid, out Holder? holder) || !holder.Descriptors.TryGetValue(number, out int descriptors))
            return;
        descriptors += change.Effect == Effect.Close ? -1 : 1;
        if (descriptors > 0)
            holder.Descriptors[number] = descriptors;
        else if (holder.Descriptors.Remove(number))
            Drop(number, gone);
    }

    private void Start(int child, int parent, List<KnownNumber> gone)
    {
        if (child != UnknownPid)
        {
            End(child, gone); // whose pid it was before
            _holders[child] = new Holder(parent);
        }
        if (!_holders.TryGetValue(parent, out Holder? holder))
            return;
        foreach ((KnownNumber number, int descriptors) in holder.Descriptors)
        {
            if (Hold(child, number, descriptors))
                number.Holders++;
        }
    }

    /// <summary>False when the process held it before; then it has more descriptors.</summary>
    private bool Hold(int pid, KnownNumber number, int descriptors)
    {
        if (!_holders.TryGetValue(pid, out Holder? holder))
            _holders[pid] = holder = new Holder(UnknownPid);
        if (holder.Descriptors.TryAdd(number, descriptors))
            return true;
        holder.Descriptors[number] += descriptors;
        return false;
    }

    private void End(int pid, List<KnownNumber> gone)
    {
        if (!_holders.Remove(pid, out Holder? holder))
            return;
        foreach (KnownNumber number in holder.Descriptors.Keys)
            Drop(number, gone);
    }

    private static void Drop(KnownNumber number, List<KnownNumber> gone)
    {
        if (--number.Holders == 0)
            gone.Add(number);
    }

    private static int Child(Operation operation, in CallRecord call) => operation switch
    {
        Operation.PosixSpawn or Operation.PosixSpawnp => (int)call.Arg0,
        Operation.System or Operation.Popen => UnknownPid,
        _ => (int)call.Result,
    };

    private static Effect? EffectOf(Operation operation) => operation switch
    {
        Operation.Close or Operation.Fclose or Operation.Pclose or Operation.Munmap => Effect.Close,
        Operation.Dup or Operation.Dup2 or Operation.Dup3 or Operation.FcntlDupfd or Operation.Mmap => Effect.Duplicate,
        Operation.Fork or Operation.Vfork or Operation.Clone or Operation.PosixSpawn or Operation.PosixSpawnp or Operation.System or
            Operation.Popen => Effect.Start,
        Operation.Waitpid or Operation.Wait or Operation.Wait3 or Operation.Wait4 or Operation.Waitid => Effect.Wait,
        Operation.Exit or Operation.UnderscoreExit => Effect.End,
        _ => null,
    };
}
