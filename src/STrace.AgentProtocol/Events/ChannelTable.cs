using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>
/// Turns the object numbers of one agent into channels. An object number is what one process learnt; a channel is the kernel's
/// object, so that two numbers with one inode are one channel unless a creation stands between them (inodes are used again).
/// Objects are told in any order and learnt in the order of time; what is told of a channel later is added to its facts.
/// </summary>
internal sealed class ChannelTable(string host)
{
    private readonly TimeQueue<Told> _told = new();
    private readonly Dictionary<ulong, KnownNumber> _numbers = []; // by Key
    private readonly Dictionary<(byte Kind, ulong Device, ulong Inode), KnownObject> _newest = [];
    private readonly Dictionary<(ChannelKind, long), Channel> _systemV = [];
    private readonly HeldNumbers _held = new();

    private sealed record Told(ushort Arena, int Pid, ObjectRecord Record, byte[] Continuation);

    /// <param name="pid">Of whose descriptor it is told; 0 in a snapshot.</param>
    public void Add(ushort arena, int pid, in ObjectRecord record, ReadOnlySpan<byte> continuation) =>
        _told.Add((long)record.Time, new Told(arena, pid, record, continuation.ToArray()));

    /// <summary>Learns what was told up to the time; nothing earlier is told later.</summary>
    public void Learn(long untilNs)
    {
        foreach (Told told in _told.Take(untilNs))
        {
            KnownNumber number = Learn(told);
            if ((told.Record.Flags & ObjectRecord.Update) == 0)
                _held.Tell((long)told.Record.Time, told.Pid, number);
        }
    }

    /// <summary>Lets go of numbers that nobody could name since long before the time.</summary>
    /// <returns>The processes that had ended by then and were not told before, and when.</returns>
    public IReadOnlyList<(int Pid, long TimeNs)> Forget(long untilNs)
    {
        var ended = new List<(int, long)>();
        foreach (KnownNumber number in _held.Take(untilNs, ended))
        {
            _numbers.Remove(number.Key);
            KnownObject known = number.Object;
            if (--known.Numbers == 0 && known.EndsWithItsDescriptors && _newest.GetValueOrDefault(known.Inode) == known)
                _newest.Remove(known.Inode);
        }
        return ended;
    }

    /// <summary>Notes what the call does to its process's descriptors.</summary>
    public void Use(ushort arena, int pid, in CallRecord call)
    {
        if (HeldNumbers.Concerns((Operation)call.Op))
            _held.Use(_numbers.GetValueOrDefault(Key(arena, call.ObjectNumber)), pid, call);
    }

    public Channel? Of(ushort arena, uint number)
    {
        if (_numbers.TryGetValue(Key(arena, number), out KnownNumber? known))
            return known.Object.Channel;
        // Told within a call whose turn is at its entry: it is not its time yet, and the call's is.
        return _told.Find(t => t.Record.ObjectNumber == number && t.Arena == arena) is { } told ? Learn(told).Object.Channel : null;
    }

    public Channel? Of(ushort arena, in CallRecord call) => call.ObjectNumber != 0
        ? Of(arena, call.ObjectNumber)
        : (Operation)call.Op switch
        {
            Operation.Msgget when call.Result >= 0 => SystemV(ChannelKind.MessageQueue, call.Result),
            Operation.Msgsnd or Operation.Msgrcv or Operation.Msgctl => SystemV(ChannelKind.MessageQueue, call.Arg0),
            Operation.Shmget when call.Result >= 0 => SystemV(ChannelKind.SharedMemory, call.Result),
            Operation.Shmat or Operation.Shmctl => SystemV(ChannelKind.SharedMemory, call.Arg0),
            Operation.Semget when call.Result >= 0 => SystemV(ChannelKind.Semaphore, call.Result),
            Operation.Semop or Operation.Semtimedop or Operation.Semctl => SystemV(ChannelKind.Semaphore, call.Arg0),
            _ => null,
        };

    private KnownNumber Learn(Told told)
    {
        ObjectRecord record = told.Record;
        ulong key = Key(told.Arena, record.ObjectNumber);
        if (!_numbers.TryGetValue(key, out KnownNumber? number))
        {
            KnownObject known = ObjectOf(record);
            known.Numbers++;
            _numbers[key] = number = new KnownNumber(key, known);
        }
        Channel channel = number.Object.Channel;
        channel.Facts = ObjectFacts.Add(channel.Facts, told.Arena, record, told.Continuation);
        return number;
    }

    private KnownObject ObjectOf(in ObjectRecord record)
    {
        var inode = (record.Kind, record.Device, record.Inode);
        bool isKnown = _newest.TryGetValue(inode, out KnownObject? known);
        if (isKnown && (record.Flags & ObjectRecord.Created) == 0 && ObjectFacts.HasOwnInode(record) && known!.Birth == record.Birth)
            return known;
        return _newest[inode] = new KnownObject(inode, record.Birth, new Channel
        {
            Host = host,
            Kind = ObjectFacts.Kind(record),
            Id = $"{record.Device:x}:{record.Inode}",
            Generation = isKnown ? known!.Channel.Generation + 1 : 0,
        });
    }

    private Channel SystemV(ChannelKind kind, long id)
    {
        if (!_systemV.TryGetValue((kind, id), out Channel? channel))
            _systemV[(kind, id)] = channel = new Channel { Host = host, Kind = kind, Id = id.ToString() };
        return channel;
    }

    private static ulong Key(ushort arena, uint number) => ((ulong)arena << 32) | number;
}

/// <summary>A kernel's object.</summary>
/// <param name="birth">When the file was made; 0 for what is no file.</param>
internal sealed class KnownObject((byte Kind, ulong Device, ulong Inode) inode, ulong birth, Channel channel)
{
    public (byte Kind, ulong Device, ulong Inode) Inode => inode;
    public ulong Birth => birth;
    public Channel Channel => channel;

    /// <summary>Object numbers by which it is known.</summary>
    public int Numbers { get; set; }

    /// <summary>Others outlive them, and are opened again.</summary>
    public bool EndsWithItsDescriptors => channel.Kind is ChannelKind.Socket or ChannelKind.Pipe or ChannelKind.EventFd;
}

/// <summary>What a process and those that it forked know of an object.</summary>
internal sealed class KnownNumber(ulong key, KnownObject known)
{
    /// <summary>Its arena and number.</summary>
    public ulong Key => key;
    public KnownObject Object => known;

    /// <summary>Processes that can name it.</summary>
    public int Holders { get; set; }
}
