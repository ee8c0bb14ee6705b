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
        Operation.FcntlDupfd or Operation.FcntlAsync => "fcntl",
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
        Operation.Recvmmsg => "recvmmsg",
        Operation.Sendmmsg => "sendmmsg",
        Operation.Preadv => "preadv",
        Operation.Pwritev => "pwritev",
        Operation.Splice => "splice",
        Operation.Tee => "tee",
        Operation.Vmsplice => "vmsplice",
        Operation.CopyFileRange => "copy_file_range",
        Operation.EventfdRead => "eventfd_read",
        Operation.EventfdWrite => "eventfd_write",
        Operation.EpollCreate => "epoll_create",
        Operation.EpollCtl => "epoll_ctl",
        Operation.EpollWait => "epoll_wait",
        Operation.Poll => "poll",
        Operation.Ppoll => "ppoll",
        Operation.Select => "select",
        Operation.Pselect => "pselect",
        Operation.TimerfdCreate => "timerfd_create",
        Operation.Signalfd => "signalfd",
        Operation.IoctlAsync => "ioctl",
        Operation.Sigwait => "sigwait",
        Operation.Sigwaitinfo => "sigwaitinfo",
        Operation.Sigtimedwait => "sigtimedwait",
        Operation.Sigsuspend => "sigsuspend",
        Operation.Pause => "pause",
        Operation.AioRead => "aio_read",
        Operation.AioWrite => "aio_write",
        Operation.AioReturn => "aio_return",
        Operation.AioSuspend => "aio_suspend",
        Operation.AioCancel => "aio_cancel",
        Operation.LioListio => "lio_listio",
        Operation.IoUringSetup => "io_uring_setup",
        Operation.IoUringEnter => "io_uring_enter",
        Operation.MqOpen => "mq_open",
        Operation.MqClose => "mq_close",
        Operation.MqUnlink => "mq_unlink",
        Operation.MqSend => "mq_send",
        Operation.MqReceive => "mq_receive",
        Operation.MqTimedsend => "mq_timedsend",
        Operation.MqTimedreceive => "mq_timedreceive",
        Operation.MqNotify => "mq_notify",
        Operation.ShmOpen => "shm_open",
        Operation.ShmUnlink => "shm_unlink",
        Operation.Mmap => "mmap",
        Operation.Munmap => "munmap",
        Operation.Shmdt => "shmdt",
        Operation.MemfdCreate => "memfd_create",
        Operation.Semtimedop => "semtimedop",
        Operation.Semctl => "semctl",
        Operation.Msgctl => "msgctl",
        Operation.Shmctl => "shmctl",
        Operation.SemOpen => "sem_open",
        Operation.SemClose => "sem_close",
        Operation.SemUnlink => "sem_unlink",
        Operation.SemInit => "sem_init",
        Operation.SemDestroy => "sem_destroy",
        Operation.SemClockwait => "sem_clockwait",
        Operation.CondWait => "pthread_cond_wait",
        Operation.CondTimedwait => "pthread_cond_timedwait",
        Operation.CondClockwait => "pthread_cond_clockwait",
        Operation.CondSignal => "pthread_cond_signal",
        Operation.CondBroadcast => "pthread_cond_broadcast",
        Operation.PthreadExit => "pthread_exit",
        Operation.BarrierWait => "pthread_barrier_wait",
        Operation.ThrdCreate => "thrd_create",
        Operation.ThrdJoin => "thrd_join",
        Operation.PosixSpawn => "posix_spawn",
        Operation.PosixSpawnp => "posix_spawnp",
        Operation.Vfork => "vfork",
        Operation.Clone => "clone",
        Operation.System => "system",
        Operation.Popen => "popen",
        Operation.Pclose => "pclose",
        Operation.Wait3 => "wait3",
        Operation.Wait4 => "wait4",
        Operation.Waitid => "waitid",
        Operation.Fdopen => "fdopen",
        Operation.Freopen => "freopen",
        Operation.Fputc => "fputc",
        Operation.Fgetc => "fgetc",
        Operation.Puts => "puts",
        Operation.Printf => "printf",
        Operation.Scanf => "scanf",
        Operation.Getline => "getline",
        Operation.Fflush => "fflush",
        Operation.Getaddrinfo => "getaddrinfo",
        Operation.Getnameinfo => "getnameinfo",
        Operation.Syscall => "syscall",
        _ => $"op{(int)operation}",
    };

    /// <summary>Takes bytes or a message out of its channel.</summary>
    public static bool IsReceive(this Operation operation) => Is(operation, Kind.Receive);

    /// <summary>Puts bytes or a message into its channel. Of sendfile, splice and the like the channel is what they write into.</summary>
    public static bool IsSend(this Operation operation) => Is(operation, Kind.Send);

    /// <summary>Moves bytes from one descriptor to another, unseen by the program.</summary>
    public static bool PassesBytes(this Operation operation) => Is(operation, Kind.Pass);

    /// <summary>Takes a connection from a listening socket; the event's channel is the new connection.</summary>
    public static bool IsAccept(this Operation operation) => Is(operation, Kind.Accept);

    /// <summary>Ends the use of a descriptor.</summary>
    public static bool IsClose(this Operation operation) => Is(operation, Kind.Close);

    /// <summary>Waits for another thread or process: its effect is at its exit, as with a receive.</summary>
    public static bool IsWait(this Operation operation) => Is(operation, Kind.Wait);

    /// <summary>Waits for any of several descriptors: what an event loop turns on.</summary>
    public static bool IsMultiplexedWait(this Operation operation) => Is(operation, Kind.Multiplexed);

    /// <summary>Its effect is at its exit: it takes, or waits for, what another gives.</summary>
    public static bool TakesEffectAtExit(this Operation operation) => Is(operation, Kind.Receive | Kind.Accept | Kind.Wait) || operation == Operation.AioReturn;

    [Flags]
    private enum Kind : byte
    {
        Receive = 1,
        Send = 2,
        Pass = 4,
        Accept = 8,
        Close = 16,
        Wait = 32,
        Multiplexed = 64,
    }

    /// <summary>By operation code: a look-up, because the correlator asks several times for every event.</summary>
    private static readonly Kind[] Kinds = MakeKinds();

    private static bool Is(Operation operation, Kind kind) => (uint)operation < (uint)Kinds.Length && (Kinds[(int)operation] & kind) != 0;

    private static Kind[] MakeKinds()
    {
        var kinds = new Kind[512];
        Set(Kind.Receive,
            Operation.ReadSocket, Operation.ReadPipe, Operation.ReadFile, Operation.RecvSocket, Operation.RecvPipe,
            Operation.ReadvSocket, Operation.ReadvPipe, Operation.ReadvFile, Operation.Recvfrom, Operation.Recvmsg,
            Operation.Pread, Operation.Preadv, Operation.Fread, Operation.Fgets, Operation.Fgetc, Operation.Getline,
            Operation.Scanf, Operation.Recvmmsg, Operation.EventfdRead, Operation.Msgrcv, Operation.MqReceive,
            Operation.MqTimedreceive);
        Set(Kind.Send,
            Operation.WriteSocket, Operation.WritePipe, Operation.WriteFile, Operation.SendSocket, Operation.SendPipe,
            Operation.WritevSocket, Operation.WritevPipe, Operation.WritevFile, Operation.Sendto, Operation.Sendmsg,
            Operation.Pwrite, Operation.Pwritev, Operation.Fwrite, Operation.Fputs, Operation.Fputc, Operation.Puts,
            Operation.Printf, Operation.Sendmmsg, Operation.Vmsplice, Operation.EventfdWrite, Operation.Msgsnd,
            Operation.MqSend, Operation.MqTimedsend, Operation.Sendfile, Operation.Splice, Operation.Tee,
            Operation.CopyFileRange, Operation.AioWrite);
        Set(Kind.Pass, Operation.Sendfile, Operation.Splice, Operation.Tee, Operation.CopyFileRange);
        Set(Kind.Accept, Operation.Accept, Operation.Accept4);
        Set(Kind.Close, Operation.Close, Operation.Fclose, Operation.Pclose);
        Set(Kind.Wait,
            Operation.PthreadJoin, Operation.ThrdJoin, Operation.Waitpid, Operation.Wait, Operation.Wait3,
            Operation.Wait4, Operation.Waitid, Operation.SemWait, Operation.SemTimedwait, Operation.SemTrywait,
            Operation.SemClockwait, Operation.Semop, Operation.Semtimedop, Operation.CondWait, Operation.CondTimedwait,
            Operation.CondClockwait, Operation.BarrierWait, Operation.EpollWait, Operation.Poll, Operation.Ppoll,
            Operation.Select, Operation.Pselect, Operation.Sigwait, Operation.Sigwaitinfo, Operation.Sigtimedwait,
            Operation.AioSuspend, Operation.Sigsuspend, Operation.Pause, Operation.IoUringEnter, Operation.Pclose);
        Set(Kind.Multiplexed, Operation.EpollWait, Operation.Poll, Operation.Ppoll, Operation.Select, Operation.Pselect);
        return kinds;

        void Set(Kind kind, params ReadOnlySpan<Operation> operations)
        {
            foreach (Operation operation in operations)
                kinds[(int)operation] |= kind;
        }
    }
}
