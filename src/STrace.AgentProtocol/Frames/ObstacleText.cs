namespace STrace.AgentProtocol;

/// <summary>What a person is told of an obstacle.</summary>
public static class ObstacleText
{
    /// <summary>The word of the API and of scripts.</summary>
    public static string Word(this Obstacle obstacle) => obstacle switch
    {
        Obstacle.None => "",
        Obstacle.StaticExecutable => "static",
        Obstacle.Privileged => "privileged",
        Obstacle.Go => "go",
        Obstacle.OtherLibc => "other-libc",
        Obstacle.ThirtyTwoBit => "32-bit",
        Obstacle.NotPreloaded => "not-preloaded",
        Obstacle.NotAttached => "not-attached",
        Obstacle.OtherSocket => "other-socket",
        Obstacle.AgentBefore => "agent-before",
        Obstacle.NoRing => "no-ring",
        _ => "unknown",
    };

    public static string Reason(this Obstacle obstacle) => obstacle switch
    {
        Obstacle.None => "",
        Obstacle.StaticExecutable => "is a static executable: the loader, which would bring libwrapper in, does not run",
        Obstacle.Privileged => "is setuid, setgid or has file capabilities: the loader ignores LD_PRELOAD",
        Obstacle.Go => "is a Go program: its runtime makes system calls without libc",
        Obstacle.OtherLibc => "runs on another libc than glibc",
        Obstacle.ThirtyTwoBit => "is a 32-bit program: libwrapper is 64-bit",
        Obstacle.NotPreloaded => "runs without libwrapper: it was started without it, or its environment was cleaned on the way",
        Obstacle.NotAttached => "has libwrapper, but no agent took it when it started: none ran, or did not answer in time, or was of another release",
        Obstacle.OtherSocket => "has libwrapper, but asks for its agent at another socket",
        Obstacle.AgentBefore => "writes to an agent that has ended",
        Obstacle.NoRing => "found no free ring",
        _ => "is not recorded for a reason that this release does not know",
    };

    public static string Remedy(this Obstacle obstacle) => obstacle switch
    {
        Obstacle.StaticExecutable => "link it dynamically against glibc, or follow it by its peers' calls and its packets",
        Obstacle.Privileged => "start it as its user without the bit (setcap -r, chmod u-s, ambient capabilities of its service), or name libwrapper in /etc/ld.so.preload",
        Obstacle.Go => "follow it by its peers' calls and its packets, or put a proxy that can be recorded before it",
        Obstacle.OtherLibc => "run its glibc build",
        Obstacle.ThirtyTwoBit => "run its 64-bit build",
        Obstacle.NotPreloaded => "restart it with `s-trace run`; where its starter cleans the environment, set LD_PRELOAD and STRACE_HOST in its own configuration",
        Obstacle.NotAttached => "restart it while the agent runs; the agent logs whom it refused",
        Obstacle.OtherSocket => "set STRACE_HOST to this host's name, or STRACE_SOCKET to the agent's socket, and restart it",
        Obstacle.AgentBefore => "restart it: it attaches to the agent that runs now",
        Obstacle.NoRing => "give the agent more --rings",
        _ => "",
    };

    public const string IoUring = "uses io_uring: what it submits there is not recorded";

    public const string IoUringRemedy = "switch io_uring off in its configuration";
}
