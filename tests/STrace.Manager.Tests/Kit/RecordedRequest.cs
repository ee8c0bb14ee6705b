using System.Buffers;
using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.Model;

namespace STrace.Manager.Tests;

/// <summary>
/// One request, as the agents tell it in blocks: the server's accepts, reads and answers it, the client's connects, asks and reads. The
/// client asks another address than the server's.
/// </summary>
/// <param name="Number">From 1; requests of other numbers are on other threads and connections.</param>
internal sealed record RecordedRequest(uint Number)
{
    /// <summary>Calls that it has.</summary>
    public const int Calls = 4;

    private const ulong StepNs = 1000;
    private const byte KindSocket = 1;
    private const byte FamilyV4 = 2;
    private const byte TypeStream = 1;
    private const uint Server = 0x0a000001;
    private const uint Client = 0x0a000002;
    private const uint Asked = 0xc8c8c8c8;
    private const ushort ServerPort = 80;
    private const uint Bytes = 10;
    private const uint Later = 10; // the server's calls are stamped between the client's

    public static string ServerAddress { get; } = "10.0.0.1";
    public static string AskedAddress { get; } = "200.200.200.200";

    private ushort ClientPort => (ushort)(40_000 + Number);

    /// <summary>When the server's last call was over.</summary>
    public long LastNs => (long)Enter(Later + Calls);

    /// <summary>The server's calls.</summary>
    public BlockFrame Block(string session, long sequence) => Block(
        session, sequence, "server", Socket(Server, ServerPort, Client, ClientPort),
        Call(Later + 1, 1, Operation.Accept, 0), Call(Later + 2, 2, Operation.ReadSocket, Bytes),
        Call(Later + 3, 3, Operation.WriteSocket, Bytes), Call(Later + 4, 4, Operation.Close, 0));

    /// <summary>The client's calls.</summary>
    public BlockFrame ClientBlock(string session, long sequence) => Block(
        session, sequence, "client", Socket(Client, ClientPort, Asked, ServerPort),
        Call(1, 1, Operation.Connect, 0), Call(2, 2, Operation.WriteSocket, Bytes),
        Call(2 * Later, 3, Operation.ReadSocket, Bytes), Call(2 * Later + 1, 4, Operation.Close, 0));

    private BlockFrame Block(string session, long sequence, string program, ObjectRecord socket, params CallRecord[] calls)
    {
        var payload = new ArrayBufferWriter<byte>();
        new RecordRun(Number, 100, 100 + (int)Number, 1, 0, program).Write(
            payload, [.. MemoryMarshal.AsBytes(new ReadOnlySpan<ObjectRecord>(in socket)), .. MemoryMarshal.AsBytes<CallRecord>(calls)]);
        return new BlockFrame(FrameType.Events, session, sequence, (long)Enter(0), (long)calls[^1].Enter, Calls + 1, payload.WrittenMemory);
    }

    private ulong Enter(uint step) => ScriptedAgent.TimeNs + (Number * 100 + step) * StepNs;

    private ObjectRecord Socket(uint local, ushort localPort, uint peer, ushort peerPort) => new()
    {
        Time = Enter(0),
        Op = WireRecord.ObjectOp,
        Flags = ObjectRecord.Created,
        Inode = Number,
        Device = 1,
        ObjectNumber = Number,
        Kind = KindSocket,
        Family = FamilyV4,
        Type = TypeStream,
        LocalIp = local,
        PeerIp = peer,
        LocalPort = localPort,
        PeerPort = peerPort,
    };

    private CallRecord Call(uint step, uint sequence, Operation operation, uint bytes) => new()
    {
        Enter = Enter(step),
        Sequence = sequence,
        Op = (ushort)operation,
        Result = bytes,
        ObjectNumber = Number,
        Length = bytes,
    };
}
