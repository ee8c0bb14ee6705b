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

/// <summary>One intercepted call. Its thread's ring and <see cref="Sequence"/> name it within its host's agent.</summary>
public sealed class HostEvent
{
    /// <summary>Who called; one instance for all calls of the thread.</summary>
    public required ThreadLife Thread { get; init; }

    /// <summary>The thread's calls, counted from 1.</summary>
    public required uint Sequence { get; init; }

    public required Operation Operation { get; init; }
    public EventTraits Flags { get; init; }

    /// <summary>0 when the call succeeded.</summary>
    public int Errno { get; init; }

    /// <summary>ns since the epoch, by the host's clock.</summary>
    public required long EnterNs { get; init; }

    /// <summary>ns since the epoch; equal to <see cref="EnterNs"/> for a call that does not return.</summary>
    public required long ExitNs { get; init; }

    /// <summary>The call's return value; a FILE* counts as its descriptor.</summary>
    public long Result { get; init; }

    /// <summary>Arguments, by operation; native/include/strace_wire.h lists them.</summary>
    public long Arg0 { get; init; }
    public long Arg1 { get; init; }
    public long Arg2 { get; init; }

    public Channel? Channel { get; init; }

    /// <summary>Bytes that the call moved, as it was recorded.</summary>
    public long Bytes { get; init; }

    /// <summary>Takes bytes or a message out of its channel; an asynchronous read does when its result is taken.</summary>
    public bool IsReceive => Operation.IsReceive() || (Operation == Operation.AioReturn && Arg2 == AioHasRead);

    /// <summary>Puts bytes or a message into its channel; an asynchronous write does when it is begun.</summary>
    public bool IsSend => Operation.IsSend();

    /// <summary>Bytes that it took or put; an asynchronous write is held for whole.</summary>
    public long Moved => Operation == Operation.AioWrite ? (Errno == 0 ? Arg1 : 0) : Bytes;

    private const long AioHasRead = 1;

    /// <summary>What few calls have; null for all others.</summary>
    public EventDetail? Detail { get; init; }

    public string Host => Thread.Host;
    public Guid Agent => Thread.Agent;
    public ulong Ring => Thread.Ring;
    public int Tid => Thread.Tid;
    public string Program => Thread.Program;

    /// <summary>The process; of a vfork child's call the child, which uses its parent's ring.</summary>
    public int Pid => Detail is { ChildPid: not 0 } child ? child.ChildPid : Thread.Pid;
    public int Ppid => Detail is { ChildPid: not 0 } ? Thread.Pid : Thread.Ppid;

    /// <summary>The path, host name or command that the call named, or the path of its file; null when there is none.</summary>
    public string? Path => Detail?.Path ?? (Channel is { Kind: ChannelKind.File } file ? file.Path : null);

    /// <inheritdoc cref="EventDetail.Source"/>
    public Channel? Source => Detail?.Source;

    /// <inheritdoc cref="EventDetail.Peer"/>
    public Endpoint? Peer => Detail?.Peer;

    /// <inheritdoc cref="EventDetail.Context"/>
    public ulong Context => Detail?.Context ?? 0;

    /// <inheritdoc cref="EventDetail.Marks"/>
    public IReadOnlyList<MessageMark> Marks => Detail?.Marks ?? [];

    /// <summary>The messages that begin in the call's bytes, as a person reads them: <c>GET /cart</c>; null when nothing tells.</summary>
    public string? Summary =>
        string.Join(", ", Marks.Where(m => m.Summary is not null && (m.Traits & MarkTraits.Start) != 0).Select(m => m.Summary)) is
        { Length: > 0 } text ? text : null;

    /// <summary>The same call at other times; ns since the epoch.</summary>
    public HostEvent At(long enterNs, long exitNs) => new()
    {
        Thread = Thread,
        Sequence = Sequence,
        Operation = Operation,
        Flags = Flags,
        Errno = Errno,
        EnterNs = enterNs,
        ExitNs = exitNs,
        Result = Result,
        Arg0 = Arg0,
        Arg1 = Arg1,
        Arg2 = Arg2,
        Channel = Channel,
        Bytes = Bytes,
        Detail = Detail,
    };

    /// <summary>
    /// When the call had its effect: what gives (send, create, connect) at its entry, what takes (receive, accept, wait) at its
    /// exit. Otherwise replies would come before their requests.
    /// </summary>
    public long EffectNs => Operation.TakesEffectAtExit() ? ExitNs : EnterNs;

    /// <summary>Failed, and not merely because it would have blocked, was interrupted, or what it asked for was there already.</summary>
    public bool Failed => Errno != 0 && (Flags & EventTraits.NonBlocking) == 0 && Errno != LinuxErrno.EINTR && !IsOrdinary;

    /// <summary>
    /// IPC_CREAT | IPC_EXCL where another was first, which then is simply used; a connect that is asked again how the first went; a
    /// wait whose time is up.
    /// </summary>
    private bool IsOrdinary => Operation switch
    {
        Operation.Shmget or Operation.Msgget or Operation.Semget => Errno == LinuxErrno.EEXIST,
        Operation.Connect => Errno is LinuxErrno.EISCONN or LinuxErrno.EALREADY,
        _ when Operation.IsWait() => Errno is LinuxErrno.ETIMEDOUT or LinuxErrno.EAGAIN,
        _ => false,
    };
}
