using STrace.Model;

namespace STrace.Original;

/// <summary>
/// What the original's wrapper would have told of a call: the arguments and addresses of appendix A. Calls that it does not
/// intercept are left out, those that took an old call's place are told as that one.
/// </summary>
internal static class Wrapper
{
    private const long None = -1;

    /// <summary>Null when the original sends nothing.</summary>
    public static WrapperNode? Tell(HostEvent call)
    {
        if (OriginalOperation(call.Operation) is not { } operation)
            return null;
        // fopen sends nothing when it failed.
        if (operation == Operation.Fopen && call.Result < 0)
            return null;
        (long first, long second, long third) = Arguments(operation, call);
        (Endpoint? source, Endpoint? destination) = Addresses(operation, call);
        return new WrapperNode
        {
            Call = call,
            Operation = operation,
            TimeNs = operation == Operation.Accept ? call.ExitNs : call.EnterNs,
            Source = source,
            Destination = destination,
            Argument1 = first,
            Argument2 = second,
            IsLast = HasProcessor(operation) && call.Marks.Any(mark => (mark.Traits & MarkTraits.Last) != 0),
            Path = PathOf(operation, call),
            Descriptors = Descriptors(operation, first, second, third),
            Ipc = Ipc(operation, first, third),
        };
    }

    private static Operation? OriginalOperation(Operation operation) => operation switch
    {
        >= Operation.ReadSocket and <= Operation.Sendfile => operation,
        Operation.Accept4 => Operation.Accept,
        Operation.Recvfrom or Operation.Recvmsg or Operation.Recvmmsg => Operation.RecvSocket,
        Operation.Sendto or Operation.Sendmsg or Operation.Sendmmsg => Operation.SendSocket,
        Operation.Dup3 => Operation.Dup2,
        Operation.FcntlDupfd => Operation.Dup,
        Operation.Vfork or Operation.Clone => Operation.Fork,
        Operation.Semtimedop => Operation.Semop,
        _ => null,
    };

    private static (long, long, long) Arguments(Operation operation, HostEvent call) => operation switch
    {
        Operation.Socket => (call.Arg0, call.Arg1, call.Result),
        Operation.Fopen or Operation.Fork => (call.Result, 0, 0),
        Operation.Dup => (call.Arg0, call.Result, 0),
        Operation.Dup2 => (call.Arg0, call.Arg1, call.Result),
        Operation.Msgget => (call.Arg0, call.Arg1, call.Result),
        Operation.Shmget or Operation.Semget or Operation.Msgsnd or Operation.Msgrcv => (call.Arg0, call.Arg2, call.Result),
        Operation.Shmat => (call.Arg0, call.Arg2, 0),
        Operation.Pipe or Operation.Pipe2 or Operation.Semop or Operation.Sendfile => (call.Arg0, call.Arg1, call.Arg2),
        _ => (call.Arg0, call.Result, 0),
    };

    private static (Endpoint? Source, Endpoint? Destination) Addresses(Operation operation, HostEvent call)
    {
        (Endpoint? local, Endpoint? peer) = (call.Channel?.Local, call.Peer ?? call.Channel?.Peer);
        return operation switch
        {
            Operation.Accept => (peer, local),
            // It does not ask for the own address of a socket that is not connected, nor of one that is being connected.
            Operation.Connect => (call.Errno == 0 ? local : null, peer),
            Operation.BindInet => (local, null),
            Operation.ReadSocket or Operation.RecvSocket or Operation.ReadvSocket => (peer, local),
            Operation.WriteSocket or Operation.SendSocket or Operation.WritevSocket => (local, peer),
            _ => (null, null),
        };
    }

    /// <summary>readv and writev do not ask the protocol processors.</summary>
    private static bool HasProcessor(Operation operation) =>
        operation is Operation.ReadSocket or Operation.RecvSocket or Operation.WriteSocket or Operation.SendSocket;

    /// <summary>Files by the name that the program gave; Unix sockets by theirs. What a failed connect tells there is no path.</summary>
    private static string? PathOf(Operation operation, HostEvent call) => operation switch
    {
        Operation.Fopen or Operation.Mkfifo or Operation.BindUnix => call.Path ?? call.Channel?.Path,
        Operation.Connect when call.Errno != 0 => null,
        Operation.Accept or Operation.Connect or
        Operation.ReadSocket or Operation.RecvSocket or
        Operation.WriteSocket or Operation.SendSocket or Operation.WritevSocket => call.Channel?.Path,
        _ => null,
    };

    private static (long, long) Descriptors(Operation operation, long first, long second, long third) => operation switch
    {
        Operation.Socket => (third, None),
        Operation.Accept => (second, None),
        Operation.Dup or Operation.Dup2 or Operation.Pipe or Operation.Pipe2 or Operation.Sendfile => (first, second),
        Operation.Fork or Operation.Mkfifo or
        Operation.Msgget or Operation.Msgsnd or Operation.Msgrcv or
        Operation.Shmget or Operation.Shmat or Operation.Semget or Operation.Semop => (None, None),
        _ => (first, None),
    };

    private static (ChannelKind, long)? Ipc(Operation operation, long first, long third) => operation switch
    {
        Operation.Msgget => (ChannelKind.MessageQueue, third),
        Operation.Msgsnd or Operation.Msgrcv => (ChannelKind.MessageQueue, first),
        Operation.Shmget => (ChannelKind.SharedMemory, third),
        Operation.Shmat => (ChannelKind.SharedMemory, first),
        Operation.Semget => (ChannelKind.Semaphore, third),
        Operation.Semop => (ChannelKind.Semaphore, first),
        _ => null,
    };
}
