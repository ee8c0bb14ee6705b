using System.Runtime.CompilerServices;
using STrace.AgentProtocol;
using STrace.Model;
using static STrace.AgentProtocol.Tests.RecordBytes;

namespace STrace.AgentProtocol.Tests;

/// <summary>A server that forks a process a connection, for long.</summary>
public sealed class ForgettingTests
{
    private const ulong Second = 1_000_000_000;
    private const int Server = 100;
    private const uint Processes = 500;
    private const uint Remembered = 100; // as many begin within the time for which it is kept and between two sweeps

    private static readonly RecordRun Parent = new(1, Server, Server, 1, 0, "server");

    private readonly HostEventReader _reader = new("h4", Guid.Empty);

    [Theory]
    [InlineData(Operation.Exit)]
    [InlineData(Operation.UnderscoreExit)]
    [InlineData(Operation.Waitpid)]
    public void Read_ManyShortProcesses_ForgetsTheirChannelsAndThreads(Operation end)
    {
        var told = new List<WeakReference>();
        for (uint number = 1; number <= Processes; number++)
            told.AddRange(Serve(number, end));
        GC.Collect();

        Assert.Equal(2 * (int)Processes, told.Count);
        Assert.InRange(told.Count(reference => reference.IsAlive), 0, 2 * (int)Remembered);
        GC.KeepAlive(_reader);
    }

    [Fact]
    public void Read_ParentHasClosedItAndTheChildLives_KnowsTheObject()
    {
        Fork(1);
        Add(Parent, Call(Operation.Waitpid, 9, enter: 2 * Second, result: Child(2).Pid));
        _reader.Read(1000 * (long)Second);

        Assert.NotNull(Use(1).Channel);
    }

    [Fact]
    public void Read_ChildStoppedOnly_KnowsTheObject()
    {
        const int Untraced = 2;
        Fork(1);
        Add(Parent, Call(Operation.Waitpid, 9, enter: 2 * Second, result: Child(1).Pid, arg1: Untraced));
        _reader.Read(1000 * (long)Second);

        Assert.NotNull(Use(1).Channel);
    }

    [Fact]
    public void Read_ChildHasClosedItAndTheParentHasNot_KnowsTheObject()
    {
        Add(Parent, Object(1, KindSocket, inode: 1, created: true, time: Second), Call(Operation.Fork, 1, enter: Second, result: Child(1).Pid));
        Add(Child(1), Call(Operation.Close, 1, objectNumber: 1, enter: 2 * Second), Call(Operation.Exit, 2, enter: 2 * Second));
        _reader.Read(1000 * (long)Second);

        Assert.NotNull(Use(1).Channel);
    }

    [Fact]
    public void Read_VforkChildExits_KnowsTheParentsObjects()
    {
        Add(Parent, Object(1, KindSocket, inode: 1, created: true, time: Second),
            Bytes(new ChildRecord { Op = WireRecord.ChildOp, Pid = (uint)Child(1).Pid }),
            Call(Operation.UnderscoreExit, 2, enter: Second + 1, flags: WireRecord.ChildFlag),
            Call(Operation.Vfork, 1, enter: Second, result: Child(1).Pid));
        _reader.Read(1000 * (long)Second);

        Assert.NotNull(Use(1).Channel);
    }

    /// <summary>One connection, from its acceptance to the end of the process that served it.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference[] Serve(uint number, Operation end)
    {
        Fork(number);
        ulong now = number * Second;
        Add(Child(number),
            Bytes(new ContextRecord { Op = WireRecord.ContextOp, Time = now + 2, Context = 4 }),
            Call(Operation.ReadSocket, 1, objectNumber: number, enter: now + 2, duration: 1));
        if (end == Operation.Waitpid)
            Add(Parent, Call(end, 3 * number, enter: now + 10, result: Child(number).Pid));
        else
            Add(Child(number), Call(end, 2, enter: now + 10));
        HostEvent read = _reader.Read((long)(now + Second / 2)).Events.Single(e => e.Operation == Operation.ReadSocket);
        return [new WeakReference(read.Channel), new WeakReference(read.Thread)];
    }

    /// <summary>Told and closed by the parent, handed to a child between.</summary>
    private void Fork(uint number)
    {
        ulong now = number * Second;
        Add(Parent,
            Object(number, KindSocket, inode: number, created: true, time: now),
            Call(Operation.Fork, 3 * number - 2, enter: now, duration: 1, result: Child(number).Pid),
            Call(Operation.Close, 3 * number - 1, objectNumber: number, enter: now + 1, duration: 1));
    }

    private HostEvent Use(uint number)
    {
        Add(Child(number), Call(Operation.ReadSocket, 7, objectNumber: number, enter: 1001 * Second));
        return Assert.Single(_reader.Read().Events);
    }

    private static RecordRun Child(uint number) => new(1 + number, Server + (int)number, Server + (int)number, Server, 0, "server");

    private void Add(RecordRun run, params byte[][] records) => _reader.Add(Payload(run, records));
}
