using STrace.Model;

namespace STrace.Original.Tests;

/// <summary>Which calls of other threads join a path because they name an IPC identifier that it names (5.2.1).</summary>
public sealed class LinkTests
{
    private readonly Drawing _drawing = new();

    public static TheoryData<Operation, Operation> SystemV => new()
    {
        { Operation.Shmget, Operation.Shmat },
        { Operation.Msgget, Operation.Msgrcv },
        { Operation.Semget, Operation.Semop },
    };

    [Theory]
    [MemberData(nameof(SystemV))]
    public void Build_SameSystemVObject_JoinsTheThreadFromThere(Operation get, Operation use)
    {
        DrawnThread worker = _drawing.Thread(1), other = _drawing.Thread(2);
        worker.Accept(4);
        other.Call(Operation.Fopen, result: 9, path: "/before");
        worker.Call(get, result: 77);
        other.Call(use, arg0: 77);
        other.Call(Operation.Fopen, result: 9, path: "/behind");
        worker.Close(4);

        Assert.Equal([[0, 2, 3, 4, 5]], _drawing.Build());
    }

    [Theory]
    [MemberData(nameof(SystemV))]
    public void Build_AnotherSystemVObject_JoinsNothing(Operation get, Operation use)
    {
        DrawnThread worker = _drawing.Thread(1), other = _drawing.Thread(2);
        worker.Accept(4);
        worker.Call(get, result: 77);
        other.Call(use, arg0: 78);
        worker.Close(4);

        Assert.Equal([[0, 1, 3]], _drawing.Build());
    }

    [Fact]
    public void Build_FileOfTheSamePath_JoinsAlthoughSharingIsNotCausation()
    {
        DrawnThread worker = _drawing.Thread(1), other = _drawing.Thread(2);
        worker.Accept(4);
        worker.Call(Operation.Fopen, result: 5, path: "/var/log/app");
        other.Call(Operation.Fopen, result: 8, path: "/var/log/app");
        worker.Close(4);

        Assert.Equal([[0, 1, 2, 3]], _drawing.Build());
    }

    [Fact]
    public void Build_SamePathOnAnotherHost_JoinsNothing()
    {
        DrawnThread worker = _drawing.Thread(1), other = _drawing.Thread(2, host: "b");
        worker.Accept(4);
        worker.Call(Operation.Fopen, result: 5, path: "/var/log/app");
        other.Call(Operation.Fopen, result: 8, path: "/var/log/app");
        worker.Close(4);

        Assert.Equal([[0, 1, 3]], _drawing.Build());
    }

    [Fact]
    public void Build_PipeToAnotherThread_JoinsIt()
    {
        DrawnThread worker = _drawing.Thread(1, 1), other = _drawing.Thread(1, 2);
        worker.Accept(4);
        worker.Call(Operation.Pipe, arg0: 6, arg1: 7);
        other.Call(Operation.ReadPipe, result: 10, arg0: 6);
        worker.Close(4);

        Assert.Equal([[0, 1, 2, 3]], _drawing.Build());
    }

    [Fact]
    public void Build_PipeToAChild_JoinsIt()
    {
        DrawnThread worker = _drawing.Thread(1), child = _drawing.Thread(2, ppid: 1);
        worker.Accept(4);
        worker.Call(Operation.Pipe, arg0: 6, arg1: 7);
        child.Call(Operation.ReadPipe, result: 10, arg0: 6);
        worker.Close(4);

        Assert.Equal([[0, 1, 2, 3]], _drawing.Build());
    }

    [Fact]
    public void Build_SameNumberInAStrangeProcess_JoinsNothing()
    {
        DrawnThread worker = _drawing.Thread(1), other = _drawing.Thread(2);
        worker.Accept(4);
        worker.Call(Operation.Pipe, arg0: 6, arg1: 7);
        other.Call(Operation.ReadPipe, result: 10, arg0: 6);
        worker.Close(4);

        Assert.Equal([[0, 1, 3]], _drawing.Build());
    }

    [Fact]
    public void Build_NumberThatThePathClosed_JoinsNothing()
    {
        DrawnThread worker = _drawing.Thread(1, 1), other = _drawing.Thread(1, 2);
        worker.Accept(4);
        worker.Call(Operation.Fopen, result: 6, path: "/tmp/a");
        worker.Call(Operation.Fclose, arg0: 6);
        other.Call(Operation.Fopen, result: 6, path: "/tmp/b");
        worker.Close(4);

        Assert.Equal([[0, 1, 2, 4]], _drawing.Build());
    }

    [Fact]
    public void Build_ForkedChild_JoinsByItsNumber()
    {
        DrawnThread worker = _drawing.Thread(1), child = _drawing.Thread(2, ppid: 1);
        worker.Accept(4);
        worker.Call(Operation.Fork, result: 2);
        child.Call(Operation.Shmget, result: 7);
        worker.Close(4);

        Assert.Equal([[0, 1, 2, 3]], _drawing.Build());
    }

    [Fact]
    public void Build_AcceptsOnOneListeningSocket_AreApart()
    {
        DrawnThread first = _drawing.Thread(1, 1), second = _drawing.Thread(1, 2);
        first.Accept(4);
        second.Accept(5);
        first.Close(4);
        second.Close(5);

        Assert.Equal([[0, 2], [1, 3]], _drawing.Build());
    }
}
