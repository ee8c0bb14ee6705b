namespace STrace.Model;

/// <summary>
/// What was called, by the operation codes of the wire (native/include/strace_ops.def, which a test holds this table against).
/// 101..251 are the codes of the original (dissertation, figure 5.4); the original codes one call on a socket and on a pipe apart.
/// </summary>
public enum Operation : ushort
{
    ReadSocket = 101,
    ReadPipe = 102,
    WriteSocket = 111,
    WritePipe = 112,
    RecvSocket = 121,
    RecvPipe = 122,
    SendSocket = 131,
    SendPipe = 132,
    Socket = 141,
    BindInet = 142,
    BindUnix = 143,
    Listen = 144,
    Accept = 145,
    Connect = 146,
    Close = 147,
    Fopen = 151,
    Fclose = 152,
    Dup = 161,
    Dup2 = 162,
    Fork = 171,
    Msgget = 181,
    Msgsnd = 182,
    Msgrcv = 183,
    Shmget = 191,
    Shmat = 192,
    Semget = 201,
    Semop = 202,
    Pipe = 211,
    Pipe2 = 212,
    Mkfifo = 221,
    ReadvSocket = 231,
    ReadvPipe = 232,
    WritevSocket = 241,
    WritevPipe = 242,
    Sendfile = 251,

    // the same calls on descriptors that the original left out: plain files, terminals, eventfds
    ReadFile = 301,
    WriteFile = 302,
    ReadvFile = 303,
    WritevFile = 304,

    // sockets
    Accept4 = 311,
    Recvfrom = 312,
    Sendto = 313,
    Recvmsg = 314,
    Sendmsg = 315,
    Shutdown = 316,
    Socketpair = 317,

    // files and descriptors
    Open = 321,
    Openat = 322,
    Pread = 323,
    Pwrite = 324,
    Fread = 325,
    Fwrite = 326,
    Fgets = 327,
    Fputs = 328,
    Dup3 = 329,
    FcntlDupfd = 330,
    Eventfd = 331,

    // threads, processes, wake-ups
    PthreadCreate = 341,
    PthreadJoin = 342,
    Waitpid = 343,
    Wait = 344,
    Exit = 345,
    UnderscoreExit = 346,
    Exec = 347,
    SemPost = 351,
    SemWait = 352,
    SemTimedwait = 353,
    SemTrywait = 354,
}
