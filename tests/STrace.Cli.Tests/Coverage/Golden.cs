namespace STrace.Cli.Tests;

/// <summary>
/// What strace 6.1 wrote of <c>bash -c 'read x &lt; in.txt; echo $x | busybox cat'</c> with a static busybox, and of <c>cat in.txt</c>, under
/// libwrapper on Debian 12; shortened, and the times brought to round ones.
/// </summary>
internal static class Golden
{
    public const string Library = "/opt/s-trace/libwrapper.so";
    public const string Libc = "/usr/lib/x86_64-linux-gnu/libc.so.6";
    public const int Bash = 19966, Busybox = 19968;

    /// <summary>Times of <see cref="BashLog"/> in ns, counted from its first second.</summary>
    public const long Epoch = 1795370432_000_000_000;

    public const string BashLog = """
        1795370432.000000000 execve("/usr/bin/bash", ["bash", "-c", "read x < in.txt; echo $x | deb/bi"...], 0x7ffdb6a1f0a8 /* 45 vars */) = 0
         > /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2(_dl_catch_error+0x26f0) [0x1ab70]
        1795370432.010000000 openat(AT_FDCWD</tmp>, "/opt/s-trace/libwrapper.so", O_RDONLY|O_CLOEXEC) = 3</opt/s-trace/libwrapper.so>
         > /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2(_dl_catch_error+0x869d) [0x20b1d]
         > /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2(__nptl_change_stack_perm+0x15cc) [0x4e4c]
        1795370432.020000000 openat(AT_FDCWD</tmp>, "/run/s-trace/arena", O_RDWR|O_NOFOLLOW|O_CLOEXEC) = 4</run/s-trace/arena>
         > /opt/s-trace/libwrapper.so(st_attach+0x86) [0x2f46]
         > /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2(_dl_catch_error+0x26f8) [0x1ab78]
        1795370432.030000000 read(0</tmp/in.txt>, "a) = b\n", 4096) = 7
         > /usr/lib/x86_64-linux-gnu/libc.so.6(__read+0xd) [0xf82ad]
         > /opt/s-trace/libwrapper.so(read+0x3b) [0x5d1b]
         > /usr/bin/bash(zread+0x31) [0x8c3f1]
        1795370432.040000000 close(4)           = -1 EBADF (Bad file descriptor)
         > /usr/lib/x86_64-linux-gnu/libc.so.6(__close+0x10) [0xf89f0]
         > /opt/s-trace/libwrapper.so(close+0x3b) [0x5c6b]
         > /usr/bin/bash(execute_shell_function+0x1a8) [0x4d178]
        1795370432.050000000 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f18b8f63210) = 19968
         > /usr/lib/x86_64-linux-gnu/libc.so.6(_Fork+0x23) [0xd4353]
         > /usr/lib/x86_64-linux-gnu/libc.so.6(__libc_fork+0x4b) [0xd3ecb]
         > /opt/s-trace/libwrapper.so(fork+0x42) [0xa372]
         > /usr/bin/bash(make_child+0x184) [0x5f4b4]
        1795370432.060000000 mmap(NULL, 27028, PROT_READ, MAP_SHARED, 3</usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache>, 0) = 0x7f18b8fa2000
         > /usr/lib/x86_64-linux-gnu/libc.so.6(__mmap+0x23) [0x101c03]
         > /usr/lib/x86_64-linux-gnu/libc.so.6(__gconv_get_cache+0x2d5) [0x2a4d5]
         > /usr/lib/x86_64-linux-gnu/libc.so.6(setlocale+0x145) [0x35a05]
         > /usr/bin/bash(main+0x1b4) [0x30064]
        1795370432.070000000 write(1<pipe:[4686152]>, "hello\n", 6) = 6
         > /usr/lib/x86_64-linux-gnu/libc.so.6(__write+0x10) [0xf8350]
         > /usr/bin/bash(echo_builtin+0x100) [0x6100]
        1795370432.080000000 wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 19968
         > /usr/lib/x86_64-linux-gnu/libc.so.6(wait4+0x57) [0xd3ba7]
         > /opt/s-trace/libwrapper.so(waitpid+0x40) [0xa400]
         > /usr/bin/bash(waitchld+0x90) [0x61090]
        1795370432.090000000 read(0<UNIX-STREAM:[1->2]>,  <unfinished ...>
        1795370432.095000000 +++ killed by SIGKILL +++
        """;

    public const string BusyboxLog = """
        1795370432.060000000 execve("deb/bin/busybox", ["deb/bin/busybox", "cat"], 0x5589b8986480 /* 45 vars */) = 0
         > /usr/lib/x86_64-linux-gnu/libc.so.6(execve+0x7) [0xd4ad7]
         > /opt/s-trace/libwrapper.so(execve+0x37) [0x6977]
         > /usr/bin/bash(shell_execve+0x32) [0x47162]
        1795370432.071683812 read(0<pipe:[4686152]>, "hello\n", 65536) = 6
         > /tmp/deb/bin/busybox() [0x7b6fd]
        1795370432.071816127 write(1<TCP:[127.0.0.1:80->127.0.0.1:4711]>, "hello\n", 6) = 6
         > /tmp/deb/bin/busybox() [0x7b7a0]
        """;

    /// <summary>Of the two libraries: what the stacks above need.</summary>
    public static IReadOnlyList<(string Name, ulong Address)> Exports(string library) => library switch
    {
        Library => [("read", 0x5ce0), ("write", 0x5d40), ("close", 0x5c30), ("fork", 0xa330), ("waitpid", 0xa3c0), ("execve", 0x6940)],
        Libc => [("read", 0xf82a0), ("__read", 0xf82a0), ("write", 0xf8340), ("__write", 0xf8340), ("setlocale", 0x358c0)],
        _ => [],
    };

    public static Dictionary<int, IReadOnlyList<SystemCall>> Calls { get; } = new()
    {
        [Bash] = StraceLog.Read(Bash, BashLog.Split('\n')),
        [Busybox] = StraceLog.Read(Busybox, BusyboxLog.Split('\n')),
    };
}
