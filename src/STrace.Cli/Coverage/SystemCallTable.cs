using STrace.Model;

namespace STrace.Cli;

/// <summary>
/// The I/O system calls of Linux on x86-64, and what the functions that libwrapper records may do of them. Of <c>fcntl</c> only the
/// copies of descriptors count, of <c>mmap</c> only files mapped to be shared; <c>futex</c> and <c>ioctl</c> are left out.
/// </summary>
internal static class SystemCallTable
{
    private static readonly Dictionary<string, CallKind> Kinds = new (CallKind Kind, string Names)[]
    {
        (CallKind.Transfer,
            "read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 recvfrom sendto recvmsg sendmsg recvmmsg sendmmsg " +
            "splice tee vmsplice sendfile copy_file_range"),
        (CallKind.Open, "open openat openat2 creat mknod mknodat"),
        (CallKind.Socket, "socket socketpair bind listen accept accept4 connect shutdown"),
        (CallKind.Descriptor,
            "close close_range dup dup2 dup3 fcntl pipe pipe2 eventfd eventfd2 epoll_create epoll_create1 timerfd_create signalfd signalfd4 memfd_create"),
        (CallKind.Wait,
            "select pselect6 poll ppoll epoll_ctl epoll_wait epoll_pwait epoll_pwait2 rt_sigtimedwait rt_sigsuspend pause"),
        (CallKind.Process, "clone clone3 fork vfork execve execveat wait4 waitid"),
        (CallKind.Ipc,
            "mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify msgget msgsnd msgrcv msgctl semget semop semtimedop semctl " +
            "shmget shmat shmdt shmctl"),
        (CallKind.Memory, "mmap"),
        (CallKind.Asynchronous, "io_uring_setup io_uring_enter io_uring_register io_setup io_submit io_getevents io_pgetevents"),
    }
    .SelectMany(group => group.Names.Split(' ').Select(name => (name, group.Kind)))
    .ToDictionary(entry => entry.name, entry => entry.Kind);

    /// <summary>The names, for strace's filter.</summary>
    public static IEnumerable<string> Names => Kinds.Keys;

    /// <summary>None for a call that is no I/O.</summary>
    public static CallKind KindOf(SystemCall call) => call.Name switch
    {
        "fcntl" when !call.Arguments.Contains("F_DUPFD", StringComparison.Ordinal) => CallKind.None,
        "mmap" when !call.Arguments.Contains("MAP_SHARED", StringComparison.Ordinal) || call.Arguments.Contains("MAP_ANONYMOUS", StringComparison.Ordinal) =>
            CallKind.None,
        _ => Kinds.GetValueOrDefault(call.Name),
    };

    /// <summary>What a recorded function may do in its own time. What follows an exit in its thread is not part of it.</summary>
    public static CallKind KindsOf(Operation operation) => operation switch
    {
        Operation.System or Operation.Popen or Operation.Pclose or Operation.PosixSpawn or Operation.PosixSpawnp or
            Operation.Getaddrinfo or Operation.Getnameinfo or Operation.Syscall => CallKind.All,
        Operation.Fopen or Operation.Freopen or Operation.Fdopen or Operation.Fclose =>
            CallKind.Open | CallKind.Descriptor | CallKind.Transfer,
        Operation.Socket or Operation.Socketpair or Operation.BindInet or Operation.BindUnix or Operation.Listen or Operation.Accept or
            Operation.Accept4 or Operation.Connect or Operation.Shutdown => CallKind.Socket,
        Operation.Open or Operation.Openat or Operation.Mkfifo or Operation.ShmOpen or Operation.SemOpen => CallKind.Open | CallKind.Memory | CallKind.Descriptor | CallKind.Transfer,
        Operation.Close or Operation.Dup or Operation.Dup2 or Operation.Dup3 or Operation.FcntlDupfd or Operation.Pipe or Operation.Pipe2 or
            Operation.Eventfd or Operation.EpollCreate or Operation.TimerfdCreate or Operation.Signalfd or Operation.MemfdCreate =>
            CallKind.Descriptor,
        Operation.EpollCtl or Operation.EpollWait or Operation.Poll or Operation.Ppoll or Operation.Select or Operation.Pselect or
            Operation.Sigwait or Operation.Sigwaitinfo or Operation.Sigtimedwait or Operation.Sigsuspend or Operation.Pause => CallKind.Wait,
        Operation.Fork or Operation.Vfork or Operation.Clone or Operation.Exec or Operation.Waitpid or Operation.Wait or Operation.Wait3 or
            Operation.Wait4 or Operation.Waitid or Operation.PthreadCreate or Operation.ThrdCreate => CallKind.Process,
        Operation.MqOpen or Operation.MqClose or Operation.MqUnlink or Operation.MqSend or Operation.MqReceive or Operation.MqTimedsend or
            Operation.MqTimedreceive or Operation.MqNotify or Operation.Msgget or Operation.Msgsnd or Operation.Msgrcv or Operation.Msgctl or
            Operation.Semget or Operation.Semop or Operation.Semtimedop or Operation.Semctl or Operation.Shmget or Operation.Shmat or
            Operation.Shmdt or Operation.Shmctl => CallKind.Ipc | CallKind.Descriptor,
        Operation.Mmap => CallKind.Memory,
        Operation.IoUringSetup or Operation.IoUringEnter => CallKind.Asynchronous,
        Operation.Exit or Operation.UnderscoreExit or Operation.PthreadExit => CallKind.None,
        _ => CallKind.Transfer,
    };
}
