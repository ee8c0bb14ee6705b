namespace STrace.Model;

/// <summary>What the correlator and the exporters need to know of an operation, beside its code.</summary>
public static class OperationTraits
{
    /// <summary>The function that the program called, as a person writes it: <c>read</c>, <c>accept4</c>, <c>_exit</c>.</summary>
    public static string Name(this Operation operation) => operation switch
    {
        Operation.ReadSocket or Operation.ReadPipe or Operation.ReadFile => "read",
        Operation.WriteSocket or Operation.WritePipe or Operation.WriteFile => "write",
        Operation.RecvSocket or Operation.RecvPipe => "recv",
        Operation.SendSocket or Operation.SendPipe => "send",
        Operation.Socket => "socket",
        Operation.BindInet or Operation.BindUnix => "bind",
        Operation.Listen => "listen",
        Operation.Accept => "accept",
        Operation.Connect => "connect",
        Operation.Close => "close",
        Operation.Fopen => "fopen",
        Operation.Fclose => "fclose",
        Operation.Dup => "dup",
        Operation.Dup2 => "dup2",
        Operation.Fork => "fork",
        Operation.Msgget => "msgget",
        Operation.Msgsnd => "msgsnd",
        Operation.Msgrcv => "msgrcv",
        Operation.Shmget => "shmget",
        Operation.Shmat => "shmat",
        Operation.Semget => "semget",
        Operation.Semop => "semop",
        Operation.Pipe => "pipe",
        Operation.Pipe2 => "pipe2",
        Operation.Mkfifo => "mkfifo",
        Operation.ReadvSocket or Operation.ReadvPipe or Operation.ReadvFile => "readv",
        Operation.WritevSocket or Operation.WritevPipe or Operation.WritevFile => "writev",
        Operation.Sendfile => "sendfile",
        Operation.Accept4 => "accept4",
        Operation.Recvfrom => "recvfrom",
        Operation.Sendto => "sendto",
        Operation.Recvmsg => "recvmsg",
        Operation.Sendmsg => "sendmsg",
        Operation.Shutdown => "shutdown",
        Operation.Socketpair => "socketpair",
        Operation.Open => "open",
        Operation.Openat => "openat",
        Operation.Pread => "pread",
        Operation.Pwrite => "pwrite",
        Operation.Fread => "fread",
        Operation.Fwrite => "fwrite",
        Operation.Fgets => "fgets",
        Operation.Fputs => "fputs",
        Operation.Dup3 => "dup3",
        Operation.FcntlDupfd => "fcntl",
        Operation.Eventfd => "eventfd",
        Operation.PthreadCreate => "pthread_create",
        Operation.PthreadJoin => "pthread_join",
        Operation.Waitpid => "waitpid",
        Operation.Wait => "wait",
        Operation.Exit => "exit",
        Operation.UnderscoreExit => "_exit",
        Operation.Exec => "execve",
        Operation.SemPost => "sem_post",
        Operation.SemWait => "sem_wait",
        Operation.SemTimedwait => "sem_timedwait",
        Operation.SemTrywait => "sem_trywait",
        _ => $"op{(int)operation}",
    };

    /// <summary>Takes bytes or a message out of its channel.</summary>
    public static bool IsReceive(this Operation operation) => operation is
        Operation.ReadSocket or Operation.ReadPipe or Operation.ReadFile or Operation.RecvSocket or Operation.RecvPipe or
        Operation.ReadvSocket or Operation.ReadvPipe or Operation.ReadvFile or Operation.Recvfrom or Operation.Recvmsg or
        Operation.Pread or Operation.Fread or Operation.Fgets or Operation.Msgrcv;

    /// <summary>Puts bytes or a message into its channel. Sendfile writes into its channel, the socket.</summary>
    public static bool IsSend(this Operation operation) => operation is
        Operation.WriteSocket or Operation.WritePipe or Operation.WriteFile or Operation.SendSocket or Operation.SendPipe or
        Operation.WritevSocket or Operation.WritevPipe or Operation.WritevFile or Operation.Sendto or Operation.Sendmsg or
        Operation.Pwrite or Operation.Fwrite or Operation.Fputs or Operation.Msgsnd or Operation.Sendfile;

    /// <summary>Takes a connection from a listening socket; the event's channel is the new connection.</summary>
    public static bool IsAccept(this Operation operation) => operation is Operation.Accept or Operation.Accept4;

    /// <summary>Ends the use of a descriptor.</summary>
    public static bool IsClose(this Operation operation) => operation is Operation.Close or Operation.Fclose;

    /// <summary>Waits for another thread or process: its effect is at its exit, as with a receive.</summary>
    public static bool IsWait(this Operation operation) => operation is
        Operation.PthreadJoin or Operation.Waitpid or Operation.Wait or
        Operation.SemWait or Operation.SemTimedwait or Operation.SemTrywait or Operation.Semop;
}
