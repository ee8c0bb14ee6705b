namespace STrace.Cli.Tests;

public sealed class StraceLogTests
{
    private static readonly IReadOnlyList<SystemCall> Calls = Golden.Calls[Golden.Bash];

    [Fact]
    public void Read_Log_GivesEveryCallInOrderAndNoSignals() => Assert.Equal(
        ["execve", "openat", "openat", "read", "close", "clone", "mmap", "write", "wait4", "read"], Calls.Select(c => c.Name));

    [Fact]
    public void Read_Call_HasTimeArgumentsResultAndStack()
    {
        SystemCall read = Calls[3];

        Assert.Equal((Golden.Bash, Golden.Epoch + 30_000_000, "7"), (read.Tid, read.EnterNs, read.Result));
        Assert.Equal("0</tmp/in.txt>, \"a) = b\\n\", 4096", read.Arguments);
        Assert.Equal(
            [new StackFrame(Golden.Libc, "__read", 0xf82a0), new StackFrame(Golden.Library, "read", 0x5ce0), new StackFrame("/usr/bin/bash", "zread", 0x8c3c0)],
            read.Stack);
    }

    [Fact]
    public void Read_FailedOrCutOffCall_DidNotSucceed()
    {
        Assert.Equal("-1 EBADF (Bad file descriptor)", Calls[4].Result);
        Assert.Equal([false, false], new[] { Calls[4], Calls[^1] }.Select(c => c.Succeeded));
    }

    [Fact]
    public void Read_FrameWithoutAName_KeepsItsModule() =>
        Assert.Equal([new StackFrame("/tmp/deb/bin/busybox", "", 0x7b6fd)], Golden.Calls[Golden.Busybox][1].Stack);

    [Theory]
    [InlineData("0</tmp/in.txt>, \"x\", 1", "0</tmp/in.txt>")]
    [InlineData("1<TCP:[127.0.0.1:80->127.0.0.1:4711]>, \"x\", 1", "1<TCP:[127.0.0.1:80->127.0.0.1:4711]>")]
    [InlineData("4", "4")]
    [InlineData("-1, NULL", "")]
    [InlineData("AT_FDCWD</tmp>, \"x\"", "")]
    public void Descriptor_FirstArgument_IsTakenWithWhatItStandsFor(string arguments, string descriptor) =>
        Assert.Equal(descriptor, new SystemCall(1, "read", arguments, "0", 0, []).Descriptor);
}
