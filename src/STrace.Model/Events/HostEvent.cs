namespace STrace.Model;

[Flags]
public enum EventTraits : ushort
{
    None = 0,

    /// <summary>Recorded before a call that does not return (exit, exec).</summary>
    NoReturn = 0x10,

    /// <summary>MSG_PEEK: no bytes were taken.</summary>
    Peek = 0x20,

    /// <summary>The call would have blocked, or was still in progress (EAGAIN, EINPROGRESS).</summary>
    NonBlocking = 0x40,

    /// <summary>The path is that of this call's peer, a datagram socket.</summary>
    CallPeer = 0x80,

    /// <summary>Made by a vfork child in its parent's ring; the event has the child's pid.</summary>
    VforkChild = 0x100,

    /// <summary>Made by a signal handler, within the call that it interrupted.</summary>
    InSignalHandler = 0x200,
}

/// <summary>One intercepted call. <see cref="Ring"/> and <see cref="Sequence"/> name it within its host's agent.</summary>
public sealed class HostEvent
{
    public required string Host { get; init; }

    /// <summary>Identity of the agent's run (spool), so that a path's id survives rebuilds but not a restarted host.</summary>
    public Guid Agent { get; init; }

    /// <summary>The ring's generation: one life of one thread. Unlike <see cref="Tid"/> it is never used again.</summary>
    public required ulong Ring { get; init; }

    /// <summary>The thread's calls, counted from 1.</summary>
    public required uint Sequence { get; init; }

    public required int Pid { get; init; }
    public required int Tid { get; init; }
    public int Ppid { get; init; }
    public string Program { get; init; } = "";
    public required Operation Operation { get; init; }
    public EventTraits Flags { get; init; }

    /// <summary>ns since the epoch, by the host's clock.</summary>
    public required long EnterNs { get; init; }

    /// <summary>ns since the epoch; equal to <see cref="EnterNs"/> for a call that does not return.</summary>
    public required long ExitNs { get; init; }

    /// <summary>The call's return value; a FILE* counts as its descriptor.</summary>
    public long Result { get; init; }

    /// <summary>0 when the call succeeded.</summary>
    public int Errno { get; init; }

    /// <summary>Arguments, by operation; native/include/strace_wire.h lists them.</summary>
    public long Arg0 { get; init; }
    public long Arg1 { get; init; }
    public long Arg2 { get; init; }

    public Channel? Channel { get; init; }

    /// <summary>What sendfile, splice and the like took their bytes from; null for all others.</summary>
    public Channel? Source { get; init; }

    /// <summary>Bytes that the call moved.</summary>
    public long Bytes { get; init; }

    /// <summary>The path, host name or command that the call named; null when it named none.</summary>
    public string? Path { get; init; }

    /// <summary>The peer of this call alone, on a datagram socket; null where the channel's peer is meant.</summary>
    public Endpoint? Peer { get; init; }

    /// <summary>The logical context that a runtime hook declared for the thread; 0 when none did. Counts within the process.</summary>
    public ulong Context { get; init; }

    /// <summary>What protocol processors found in the bytes that the call moved, in order.</summary>
    public IReadOnlyList<MessageMark> Marks { get; init; } = [];

    /// <summary>The messages that begin in the call's bytes, as a person reads them: <c>GET /cart</c>; null when nothing tells.</summary>
    public string? Summary =>
        string.Join(", ", Marks.Where(m => m.Summary is not null && (m.Traits & MarkTraits.Start) != 0).Select(m => m.Summary)) is
        { Length: > 0 } text ? text : null;

    /// <summary>
    /// When the call had its effect: what gives (send, create, connect) at its entry, what takes (receive, accept, wait) at its
    /// exit. Otherwise replies would come before their requests.
    /// </summary>
    public long EffectNs =>
        Operation.IsReceive() || Operation.IsAccept() || Operation.IsWait() ? ExitNs : EnterNs;

    /// <summary>Failed, and not merely because it would have blocked, was interrupted, or what it asked for was there already.</summary>
    public bool Failed => Errno != 0 && (Flags & EventTraits.NonBlocking) == 0 && Errno != LinuxErrno.EINTR && !WasThereAlready;

    /// <summary>
    /// IPC_CREAT | IPC_EXCL where another was first, which then is simply used; a connect that is asked again how the first went.
    /// </summary>
    private bool WasThereAlready => Operation switch
    {
        Operation.Shmget or Operation.Msgget or Operation.Semget => Errno == LinuxErrno.EEXIST,
        Operation.Connect => Errno is LinuxErrno.EISCONN or LinuxErrno.EALREADY,
        _ => false,
    };
}
