using System.Runtime.InteropServices;

namespace STrace.AgentProtocol;

/// <summary>
/// The records of native/include/strace_wire.h as .NET sees them; a test holds sizes and offsets against the header. In the
/// arena times are ticks, in a block they are ns since the epoch.
/// </summary>
public static class WireRecord
{
    public const int Bytes = 64;
    public const int OpOffset = 12;

    public const ushort ObjectOp = 0xf001;
    public const ushort ContinuationOp = 0xf002;
    public const ushort LostOp = 0xf003;
    public const ushort ThreadOp = 0xf004;
    public const ushort MarkOp = 0xf005;
    public const ushort ContextOp = 0xf006;
    public const ushort ChildOp = 0xf007;

    public const ushort CallPeerFlag = 0x80;
    public const ushort ChildFlag = 0x100;

    public const ushort ContinuationMask = 0x000f;
    public const ulong DurationMask = (1UL << 48) - 1;

    /// <summary>Else it tells of objects, threads, messages, losses.</summary>
    public static bool IsCall(ushort op) => op < ObjectOp;

    /// <summary>Of a record with its continuations, by the record's flags.</summary>
    public static int GroupBytes(ushort flags) => (1 + (flags & ContinuationMask)) * Bytes;

    public static ushort Op(ReadOnlySpan<byte> record) => MemoryMarshal.Read<ushort>(record[OpOffset..]);
}

/// <summary>struct st_record: one call, or (op LOST) a gap.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct CallRecord
{
    public ulong Enter;
    public uint Sequence;
    public ushort Op;
    public ushort Flags;
    public ulong DurationErrno;
    public long Result;
    public long Arg0;
    public long Arg1;
    public long Arg2;
    public uint ObjectNumber;
    public uint Length;
}

/// <summary>struct st_object: what an object number stands for.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ObjectRecord
{
    public const ushort Created = 0x10;
    public const ushort Update = 0x20;
    public const ushort Listening = 0x80;

    public ulong Time;
    public uint Sequence;
    public ushort Op;
    public ushort Flags;
    public ulong Inode;
    public ulong Device;
    public uint ObjectNumber;
    public byte Kind;
    public byte Family;
    public byte Type;
    public byte Zero;
    public uint LocalIp;
    public uint PeerIp;
    public ushort LocalPort;
    public ushort PeerPort;
    public int Fd;
    public ulong Birth;
}

/// <summary>struct st_thread: who started this thread or process.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ThreadRecord
{
    public ulong Time;
    public uint Sequence;
    public ushort Op;
    public ushort Flags;
    public ulong ParentGeneration;
    public uint ParentSequence;
    public uint ParentTid;
    public uint ParentPid;
    public uint Zero;
    public ulong Pthread;
    public ulong Zero1;
    public ulong Zero2;
}

/// <summary>struct st_mark: a message in the bytes of the call that follows.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct MarkRecord
{
    public const int HeaderHashes = 4;

    public uint Start;
    public uint Offset;
    public uint Sequence;
    public ushort Op;
    public ushort Flags;
    public ulong Stream;
    public fixed uint Headers[HeaderHashes];
    public ulong Line;
    public ulong Body;
    public ushort Code;
    public byte Protocol;
    public byte Zero;
    public uint Count;
}

/// <summary>struct st_context: what a runtime hook declares.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ContextRecord
{
    /// <summary>The thread's calls from here on; else the next bytes sent on an object.</summary>
    public const uint Current = 0;

    public ulong Time;
    public uint Sequence;
    public ushort Op;
    public ushort Flags;
    public ulong Context;
    public ulong ByteCount;
    public uint ObjectNumber;
    public uint What;
    public ulong Zero1;
    public ulong Zero2;
    public ulong Zero3;
}

/// <summary>struct st_child: the process whose calls follow in its parent's ring.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct ChildRecord
{
    public ulong Time;
    public uint Sequence;
    public ushort Op;
    public ushort Flags;
    public uint Pid;
    public uint Zero;
    public ulong Zero1;
    public ulong Zero2;
    public ulong Zero3;
    public ulong Zero4;
    public ulong Zero5;
}

/// <summary>struct st_cont: more bytes of the record before it.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct ContinuationRecord
{
    public const int DataBytes = 48;

    /// <summary>Of what a record's continuations say together.</summary>
    public const int LongestBytes = WireRecord.ContinuationMask * DataBytes;

    public ulong Zero;
    public uint Sequence;
    public ushort Op;
    public ushort Length;
    public fixed byte Data[DataBytes];

    /// <summary>The bytes that are used; a length beyond the field is cut.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public readonly ReadOnlySpan<byte> Used =>
        MemoryMarshal.CreateReadOnlySpan(in Data[0], Math.Min((int)Length, DataBytes));

    /// <summary>What the continuations of a record say together.</summary>
    /// <param name="group">The record and its continuations.</param>
    /// <param name="buffer">At least <see cref="LongestBytes"/>, where it is put together.</param>
    public static ReadOnlySpan<byte> Join(ReadOnlySpan<byte> group, Span<byte> buffer)
    {
        int length = 0;
        foreach (ref readonly ContinuationRecord record in MemoryMarshal.Cast<byte, ContinuationRecord>(group[WireRecord.Bytes..]))
        {
            record.Used.CopyTo(buffer[length..]);
            length += record.Used.Length;
        }
        return buffer[..length];
    }
}
