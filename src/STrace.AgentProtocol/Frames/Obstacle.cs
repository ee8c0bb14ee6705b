namespace STrace.AgentProtocol;

/// <summary>Why the calls of a process are not recorded, or not all of them. The numbers are those of the wire.</summary>
public enum Obstacle : byte
{
    None = 0,

    /// <summary>Without a program interpreter: nothing can be preloaded.</summary>
    StaticExecutable = 1,

    /// <summary>setuid, setgid or with file capabilities: the loader ignores LD_PRELOAD.</summary>
    Privileged = 2,

    /// <summary>Go's runtime makes its system calls itself, also where libc is there.</summary>
    Go = 3,

    /// <summary>Its libc is not glibc (musl).</summary>
    OtherLibc = 4,

    /// <summary>A program of 32 bits; libwrapper has 64.</summary>
    ThirtyTwoBit = 5,

    /// <summary>libwrapper is not in its memory: not asked for, or asked for in an environment that was cleaned on the way.</summary>
    NotPreloaded = 6,

    /// <summary>libwrapper is there and has no arena: no agent answered when the program started.</summary>
    NotAttached = 7,

    /// <summary>libwrapper asks at another socket than this agent's.</summary>
    OtherSocket = 8,

    /// <summary>It writes to the arena of an agent that has ended.</summary>
    AgentBefore = 9,

    /// <summary>It found no free ring.</summary>
    NoRing = 10,
}
