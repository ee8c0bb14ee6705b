using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol;

/// <summary>Reads what an OBJECT record tells of its channel.</summary>
internal static class ObjectFacts
{
    public const byte KindSocket = 1;
    public const byte KindPipe = 2;
    public const byte KindFile = 3;
    public const byte KindEventFd = 4;
    public const byte KindMemory = 6;
    public const byte KindQueue = 7;

    private const byte FamilyUnix = 1;
    private const byte FamilyV6 = 10;
    private const byte TypeStream = 1;
    private const byte TypeDatagram = 2;
    private const int AddressBytes = 16;

    public static ChannelKind Kind(in ObjectRecord record) => record.Kind switch
    {
        KindSocket => ChannelKind.Socket,
        KindPipe => ChannelKind.Pipe,
        KindFile => ChannelKind.File,
        KindEventFd => ChannelKind.EventFd,
        KindMemory => ChannelKind.SharedMemory,
        KindQueue => ChannelKind.MessageQueue,
        _ => ChannelKind.Other,
    };

    /// <summary>Epolls and the like share the kernel's anonymous inode, and eventfds where the kernel gives them no id.</summary>
    public static bool HasOwnInode(in ObjectRecord record) => record.Kind switch
    {
        KindSocket or KindPipe or KindFile or KindMemory or KindQueue => true,
        KindEventFd => record.Device == 0 && record.Inode != 0,
        _ => false,
    };

    /// <summary>Later records of the same object add what they know; what was known stays.</summary>
    public static ChannelFacts Add(ChannelFacts known, ushort arena, in ObjectRecord record, ReadOnlySpan<byte> continuation)
    {
        byte protocol = Protocol(record) ?? known.Protocol;
        bool listening = known.Listening || (record.Flags & ObjectRecord.Listening) != 0;
        if (record.Family == FamilyV6 && continuation.Length >= 2 * AddressBytes)
        {
            return known with
            {
                Local = Wide(continuation, record.LocalPort),
                Peer = record.PeerPort != 0 ? Wide(continuation[AddressBytes..], record.PeerPort) : known.Peer,
                Protocol = protocol,
                Listening = listening,
            };
        }
        bool isUnix = record.Family == FamilyUnix;
        return known with
        {
            Local = record.LocalPort != 0 ? new Endpoint(IpAddress.FromV4(record.LocalIp), record.LocalPort) : known.Local,
            Peer = record.PeerPort != 0 ? new Endpoint(IpAddress.FromV4(record.PeerIp), record.PeerPort) : known.Peer,
            Protocol = protocol,
            Listening = listening,
            PeerPid = isUnix && record.PeerIp != 0 ? (int)record.PeerIp : known.PeerPid,
            Pair = isUnix && record.LocalIp != 0 ? $"{arena}:{Math.Min(record.ObjectNumber, record.LocalIp)}" : known.Pair,
            Path = continuation.IsEmpty ? known.Path : Encoding.UTF8.GetString(continuation),
        };
    }

    /// <summary>Null: not told, by a program that inherited the socket.</summary>
    private static byte? Protocol(in ObjectRecord record) => record.Type switch
    {
        _ when record.Family == FamilyUnix => 0,
        0 => null,
        TypeStream => FlowTuple.Tcp,
        TypeDatagram => FlowTuple.Udp,
        _ => 0,
    };

    private static Endpoint Wide(ReadOnlySpan<byte> address, ushort port) => new(IpAddress.FromBytes(address[..AddressBytes]), port);
}
