using System.Runtime.InteropServices;

namespace STrace.Agent;

/// <summary>struct st_arena of native/include/strace_wire.h; a test holds the offsets against the header.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ArenaHeader
{
    public const uint WireMagic = 0x43525453;
    public const uint WireVersion = 2;
    public const int Bytes = 4096;

    public const uint ClockMonotonic = 1;
    public const uint ClockTsc = 2;
    public const uint PolicyBlock = 1;
    public const uint PolicyDrop = 2;

    public uint Magic;
    public uint Version;
    public ulong TotalBytes;
    public uint Slots;
    public uint Records;
    public uint Clock;
    public uint Armed;
    public uint Policy;
    public uint AgentAlive;
    public ulong BlockTicks;
    public ulong Heartbeat;
    public ulong NextGeneration;
    public uint NextObject;
    public uint NoSlot;
    public uint Marks;
    public uint SummaryBytes;
    public uint AttachFailed;
    public uint Zero;
    public ulong StaleTicks;
}

/// <summary>struct st_ring.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RingHeader
{
    public const int Bytes = 256;
    public const uint Free = 0;

    /// <summary>Flag of <see cref="CallOp"/>, ST_CALL_UNSETTLED.</summary>
    public const uint Unsettled = 0x10000;

    public const int ProgramBytes = 32;

    public uint State;
    public uint Pid;
    public uint Tid;
    public uint Ppid;
    public ulong Generation;
    public uint Ended;
    public uint Zero;
    public fixed byte Program[ProgramBytes];

    public ulong Head;
    public ulong Lost;
    public uint Sequence;
    public uint CallOp;
    public ulong CallEnter;
    public uint CallObject;
    public uint Zero2;
    public fixed ulong Zeros[3];

    public ulong Tail;
    public fixed ulong Zeros2[15];
}
