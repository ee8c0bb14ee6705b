using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>
/// Turns the object numbers of one agent into channels. An object number is what one process learnt; a channel is the kernel's
/// object, so that two numbers with one inode are one channel unless a creation stands between them (inodes are used again).
/// All objects are added first, in any order; then channels are asked for.
/// </summary>
internal sealed class ChannelTable(string host)
{
    private const byte KindSocket = 1;
    private const byte KindPipe = 2;
    private const byte KindFile = 3;
    private const byte KindEventFd = 4;
    private const byte KindMemory = 6;
    private const byte KindQueue = 7;

    private readonly List<(ObjectRecord Record, byte[] Continuation, ushort Arena)> _objects = [];
    private readonly Dictionary<(ushort Arena, uint Number), Channel> _channels = [];
    private readonly Dictionary<(ChannelKind, long), Channel> _systemV = [];

    public void Add(ushort arena, in ObjectRecord record, ReadOnlySpan<byte> continuation) =>
        _objects.Add((record, continuation.ToArray(), arena));

    public void Resolve()
    {
        var newest = new Dictionary<(byte Kind, ulong Device, ulong Inode), Draft>();
        var byNumber = new Dictionary<(ushort, uint), Draft>();
        foreach (var (record, continuation, arena) in _objects.OrderBy(o => o.Record.Time))
        {
            var inode = (record.Kind, record.Device, record.Inode);
            if (!byNumber.TryGetValue((arena, record.ObjectNumber), out Draft? draft))
            {
                bool known = newest.TryGetValue(inode, out draft);
                if (!known || (record.Flags & ObjectRecord.Created) != 0 || !HasOwnInode(record) || draft!.Birth != record.Birth)
                    newest[inode] = draft = new Draft(known ? draft!.Generation + 1 : 0, record.Birth);
                byNumber[(arena, record.ObjectNumber)] = draft!;
            }
            draft!.Learn(record, continuation, arena);
        }
        _objects.Clear();

        var channels = new Dictionary<Draft, Channel>();
        foreach (var (number, draft) in byNumber)
        {
            if (!channels.TryGetValue(draft, out Channel? channel))
                channels[draft] = channel = draft.ToChannel(host);
            _channels[number] = channel;
        }
    }

    public Channel? Of(ushort arena, uint number) => _channels.GetValueOrDefault((arena, number));

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

    /// <summary>Epolls and the like share the kernel's anonymous inode, and eventfds where the kernel gives them no id.</summary>
    private static bool HasOwnInode(in ObjectRecord record) => record.Kind switch
    {
        KindSocket or KindPipe or KindFile or KindMemory or KindQueue => true,
        KindEventFd => record.Device == 0 && record.Inode != 0,
        _ => false,
    };

    private Channel SystemV(ChannelKind kind, long id)
    {
        if (!_systemV.TryGetValue((kind, id), out Channel? channel))
            _systemV[(kind, id)] = channel = new Channel { Host = host, Kind = kind, Id = id.ToString() };
        return channel;
    }

    private sealed class Draft(int generation, ulong birth)
    {
        private const byte FamilyUnix = 1;
        private const byte FamilyV6 = 10;
        private const byte TypeStream = 1;
        private const byte TypeDatagram = 2;
        private const int WideAddressBytes = 32;

        private ObjectRecord _record;
        private Endpoint? _local;
        private Endpoint? _peer;
        private string? _path;
        private string? _pair;
        private int _peerPid;
        private bool _listening;

        public int Generation => generation;

        /// <summary>When the file was made; 0 for what is no file.</summary>
        public ulong Birth => birth;

        /// <summary>Later records of the same object add what they know; what was known stays.</summary>
        public void Learn(in ObjectRecord record, ReadOnlySpan<byte> continuation, ushort arena)
        {
            byte type = record.Type != 0 ? record.Type : _record.Type; // a program that inherited the socket does not know it
            _record = record;
            _record.Type = type;
            _listening |= (record.Flags & ObjectRecord.Listening) != 0;
            if (record.Family == FamilyV6 && continuation.Length >= WideAddressBytes)
            {
                _local = new Endpoint(IpAddress.FromBytes(continuation[..16]), record.LocalPort);
                _peer = record.PeerPort != 0 ? new Endpoint(IpAddress.FromBytes(continuation[16..32]), record.PeerPort) : _peer;
                return;
            }
            if (record.Family == FamilyUnix)
            {
                _peerPid = record.PeerIp != 0 ? (int)record.PeerIp : _peerPid;
                if (record.LocalIp != 0)
                    _pair = $"{arena}:{Math.Min(record.ObjectNumber, record.LocalIp)}";
            }
            if (record.LocalPort != 0)
                _local = new Endpoint(IpAddress.FromV4(record.LocalIp), record.LocalPort);
            if (record.PeerPort != 0)
                _peer = new Endpoint(IpAddress.FromV4(record.PeerIp), record.PeerPort);
            if (!continuation.IsEmpty)
                _path = Encoding.UTF8.GetString(continuation);
        }

        public Channel ToChannel(string host) => new()
        {
            Host = host,
            Kind = _record.Kind switch
            {
                KindSocket => ChannelKind.Socket,
                KindPipe => ChannelKind.Pipe,
                KindFile => ChannelKind.File,
                KindEventFd => ChannelKind.EventFd,
                KindMemory => ChannelKind.SharedMemory,
                KindQueue => ChannelKind.MessageQueue,
                _ => ChannelKind.Other,
            },
            Id = $"{_record.Device:x}:{_record.Inode}",
            Generation = generation,
            Local = _local,
            Peer = _peer,
            Protocol = _record.Family == FamilyUnix ? (byte)0 : _record.Type switch
            {
                TypeStream => FlowTuple.Tcp,
                TypeDatagram => FlowTuple.Udp,
                _ => (byte)0,
            },
            Listening = _listening,
            PeerPid = _peerPid,
            Pair = _pair,
            Path = _path,
        };
    }
}
