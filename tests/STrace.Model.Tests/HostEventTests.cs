namespace STrace.Model.Tests;

public sealed class HostEventTests
{
    [Theory]
    [InlineData(Operation.Shmget, 17, false)]
    [InlineData(Operation.Msgget, 17, false)]
    [InlineData(Operation.Semget, 17, false)]
    [InlineData(Operation.Mkfifo, 17, true)]
    [InlineData(Operation.Shmget, 28, true)]
    [InlineData(Operation.Connect, 106, false)]
    [InlineData(Operation.Connect, 114, false)]
    [InlineData(Operation.Connect, 111, true)]
    [InlineData(Operation.SendSocket, 106, true)]
    [InlineData(Operation.ReadSocket, 4, false)]
    [InlineData(Operation.ReadSocket, 0, false)]
    public void Failed_Errno_IsAFailureUnlessTheCallersWishIsMet(Operation operation, int errno, bool failed)
    {
        var e = new HostEvent
        {
            Thread = new ThreadLife { Host = "h", Ring = 1, Pid = 1, Tid = 1 },
            Sequence = 1,
            Operation = operation,
            EnterNs = 1,
            ExitNs = 2,
            Result = -1,
            Errno = errno,
        };

        Assert.Equal(failed, e.Failed);
    }
}
