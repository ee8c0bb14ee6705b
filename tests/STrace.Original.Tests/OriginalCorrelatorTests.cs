using STrace.Model;

namespace STrace.Original.Tests;

/// <summary>Algorithm 5.2, with what it gets wrong.</summary>
public sealed class OriginalCorrelatorTests
{
    private readonly Drawing _drawing = new();

    [Fact]
    public void Build_Table51_GivesThePathsOfTheText()
    {
        DrawnThread l1 = _drawing.Thread(1, 1), l2 = _drawing.Thread(1, 2);
        l1.Accept(20);
        l1.Read(20);
        l2.Connect(5);
        l1.Connect(22);
        l2.Write(5);
        l1.Write(22);
        l1.Close(20);
        l1.Call(Operation.Shmget, result: 7);
        l1.Call(Operation.Fork, result: 9);

        Assert.Equal([[0, 1, 3, 5, 6], [2, 4]], _drawing.Build());
    }

    [Fact]
    public void Build_RequestsOneAfterAnother_GivesAPathEach()
    {
        DrawnThread worker = _drawing.Thread(1);
        for (int request = 0; request < 2; request++)
        {
            worker.Accept(4);
            worker.Read(4);
            worker.Write(4);
            worker.Close(4);
        }

        Assert.Equal([[0, 1, 2, 3], [4, 5, 6, 7]], _drawing.Build());
    }

    [Fact]
    public void Build_RequestsOfOneThreadInterleaved_MixesThem()
    {
        DrawnThread loop = _drawing.Thread(1);
        loop.Accept(4);
        loop.Accept(5);
        loop.Read(4);
        loop.Read(5);
        loop.Close(4);
        loop.Close(5);

        Assert.Equal([[0, 1, 2, 3, 4]], _drawing.Build());
    }

    [Fact]
    public void Build_ConnectionKeptAlive_TakesItsRequestsForOne()
    {
        DrawnThread worker = _drawing.Thread(1);
        worker.Accept(4);
        for (int request = 0; request < 3; request++)
        {
            worker.Read(4);
            worker.Write(4);
        }
        worker.Close(4);

        Assert.Equal([[0, 1, 2, 3, 4, 5, 6, 7]], _drawing.Build());
    }

    [Fact]
    public void Build_WithoutClose_EndsAtTheMessageThatTheProcessorMarks()
    {
        DrawnThread worker = _drawing.Thread(1);
        Channel socket = Drawing.Connection(4000).Server;
        worker.Accept(4, socket);
        worker.Read(4, socket);
        worker.Call(Operation.WriteSocket, socket, result: 10, arg0: 4, mark: MarkTraits.Response | MarkTraits.Last);
        worker.Call(Operation.Shmget, result: 7);

        Assert.Equal([[0, 1, 2]], _drawing.Build());
    }

    [Fact]
    public void Build_WithCloseBehindAMarkedMessage_EndsAtTheClose()
    {
        DrawnThread worker = _drawing.Thread(1);
        Channel socket = Drawing.Connection(4000).Server;
        worker.Accept(4, socket);
        worker.Call(Operation.WriteSocket, socket, result: 10, arg0: 4, mark: MarkTraits.Response | MarkTraits.Last);
        worker.Close(4);

        Assert.Equal([[0, 1, 2]], _drawing.Build());
    }

    [Fact]
    public void Build_ApplicationThatDies_GoesToTheEnd()
    {
        DrawnThread worker = _drawing.Thread(1), other = _drawing.Thread(2);
        worker.Call(Operation.Connect, Drawing.Connection(4000).Client, result: -1, errno: LinuxErrno.ECONNREFUSED, arg0: 4);
        other.Call(Operation.Shmget, result: 7);
        worker.Call(Operation.Shmget, result: 8);

        Assert.Equal([[0, 2]], _drawing.Build());
    }

    [Fact]
    public void Build_AcceptThatFoundNobody_BeginsNothing()
    {
        DrawnThread worker = _drawing.Thread(1);
        worker.Call(Operation.Accept, result: -1, errno: 11, arg0: 3);
        worker.Read(4);

        Assert.Empty(_drawing.Build());
    }

    [Fact]
    public void Build_CloseOfTheSameNumberByAnotherProcess_IsNotTheEnd()
    {
        DrawnThread worker = _drawing.Thread(1), other = _drawing.Thread(2);
        worker.Accept(4);
        other.Close(4);
        worker.Read(4);
        worker.Close(4);

        Assert.Equal([[0, 2, 3]], _drawing.Build());
    }

    /// <summary>The two ways to go through the list give the same paths, whatever is called.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Build_ByTables_GivesThePathsOfTheLists(int seed)
    {
        var random = new Random(seed);
        DrawnThread[] threads = [.. Enumerable.Range(0, 60).Select(i => _drawing.Thread(
            pid: 10 + (i / 2), tid: 100 + i, ppid: i % 8 < 2 ? 0 : 9 + (i / 2), host: $"h{i / 12}"))];
        Operation[] operations = [
            Operation.Accept, Operation.Connect, Operation.Close, Operation.Close, Operation.ReadSocket, Operation.Fopen, Operation.Fclose,
            Operation.Pipe, Operation.ReadPipe, Operation.Dup, Operation.Shmget, Operation.Shmat, Operation.Msgsnd, Operation.Fork];
        for (int i = 0; i < 3000; i++)
        {
            Operation operation = operations[random.Next(operations.Length)];
            int ids = operation is Operation.Shmget or Operation.Shmat or Operation.Msgsnd or Operation.Fork ? 200 : 6;
            (Channel client, Channel server) = Drawing.Connection(random.Next(4000, 5000));
            threads[random.Next(threads.Length)].Call(
                operation, operation == Operation.Connect ? client : operation == Operation.Accept ? server : null,
                result: random.Next(-1, ids), arg0: random.Next(ids), arg1: random.Next(ids), path: $"/tmp/{random.Next(500)}");
        }

        int[][] byTables = _drawing.Numbers(new OriginalCorrelator(scansLists: false).Build(_drawing.Events));

        Assert.True(byTables.Length > 10);
        Assert.Equal(_drawing.Build(), byTables);
    }
}
