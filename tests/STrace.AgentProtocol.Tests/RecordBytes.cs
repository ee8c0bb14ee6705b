using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using STrace.Model;

namespace STrace.AgentProtocol.Tests;

/// <summary>Builds records as libwrapper writes them.</summary>
internal static class RecordBytes
{
    public const byte KindSocket = 1;
    public const byte KindFile = 3;
    public const byte KindEventFd = 4;
    public const byte KindMemory = 6;
    public const byte FamilyUnix = 1;
    public const byte FamilyV4 = 2;

    public static byte[] Payload(RecordRun run, params byte[][] records)
    {
        var payload = new ArrayBufferWriter<byte>();
        run.Write(payload, records.SelectMany(r => r).ToArray());
        return payload.WrittenSpan.ToArray();
    }

    public static byte[] Call(
        Operation operation, uint sequence, uint objectNumber = 0, uint length = 0, ulong enter = 1000, ulong duration = 10, long result = 0, long arg0 = 0, ushort flags = 0,
        long arg1 = 0) =>
        Bytes(new CallRecord
        {
            Enter = enter,
            Sequence = sequence,
            Op = (ushort)operation,
            Flags = flags,
            DurationErrno = duration,
            Result = result,
            Arg0 = arg0,
            Arg1 = arg1,
            ObjectNumber = objectNumber,
            Length = length,
        });

    public static byte[] Object(
        uint number, byte kind, ulong inode, ushort localPort = 0, ushort peerPort = 0, bool created = false, bool update = false, ulong time = 1000, ulong birth = 0,
        ulong device = 1, byte family = FamilyV4, uint localIp = 0x0a000002, uint peerIp = 0x0a000004) =>
        Bytes(new ObjectRecord
        {
            Time = time,
            Op = WireRecord.ObjectOp,
            Inode = inode,
            Device = device,
            Birth = birth,
            ObjectNumber = number,
            Kind = kind,
            Family = kind == KindSocket ? family : (byte)0,
            Type = 1,
            LocalIp = localIp,
            PeerIp = peerIp,
            LocalPort = localPort,
            PeerPort = peerPort,
            Flags = (ushort)((created ? ObjectRecord.Created : 0) | (update ? ObjectRecord.Update : 0)),
        });

    /// <summary>The record with as many continuations behind it as it takes.</summary>
    public static byte[] Continued(byte[] record, string text) => Continued(record, Encoding.UTF8.GetBytes(text));

    public static unsafe byte[] Continued(byte[] record, byte[] more)
    {
        byte[][] parts = [.. more.Chunk(ContinuationRecord.DataBytes)];
        var all = new List<byte>(record);
        ref CallRecord head = ref MemoryMarshal.AsRef<CallRecord>(CollectionsMarshal.AsSpan(all));
        head.Flags |= (ushort)parts.Length;
        foreach (byte[] part in parts)
        {
            var continuation = new ContinuationRecord { Op = WireRecord.ContinuationOp, Length = (ushort)part.Length };
            part.CopyTo(new Span<byte>(continuation.Data, ContinuationRecord.DataBytes));
            all.AddRange(Bytes(continuation));
        }
        return [.. all];
    }

    public static byte[] Bytes<T>(T record) where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in record)).ToArray();
}
