namespace STrace.Cli;

/// <summary>What a system call is about: a record covers it when the recorded function may do the same.</summary>
[Flags]
internal enum CallKind
{
    None = 0,

    /// <summary>Moves bytes between memory and a descriptor, or between two descriptors.</summary>
    Transfer = 1,

    /// <summary>Opens or makes something by its name.</summary>
    Open = 2,

    /// <summary>Makes or changes a socket.</summary>
    Socket = 4,

    /// <summary>Makes, copies or closes a descriptor.</summary>
    Descriptor = 8,

    /// <summary>Waits for readiness or a signal.</summary>
    Wait = 16,

    /// <summary>Starts, replaces or awaits a process or thread.</summary>
    Process = 32,

    /// <summary>POSIX queues; System V queues, semaphores and shared memory.</summary>
    Ipc = 64,

    /// <summary>Maps a file to be shared.</summary>
    Memory = 128,

    /// <summary>Hands I/O to the kernel to be done later.</summary>
    Asynchronous = 256,

    All = 511,
}
