using STrace.AgentProtocol;
using STrace.Model;
using static STrace.AgentProtocol.Tests.RecordBytes;

namespace STrace.AgentProtocol.Tests;

/// <summary>Reading while blocks still come.</summary>
public sealed class ReadUntilTests
{
    private const ulong Minute = 60_000_000_000;

    private static readonly RecordRun Thread1 = new(7, 100, 101, 1, 0, "app");
    private static readonly RecordRun Thread2 = Thread1 with { Generation = 8, Tid = 102 };

    private readonly HostEventReader _reader = new("h4", Guid.Empty);

    [Fact]
    public void Read_UntilATime_StopsEachRingAtItsFirstLaterEffect()
    {
        Add(Thread1, Call(Operation.WriteSocket, 1, enter: 100), Call(Operation.ReadSocket, 2, enter: 110, duration: 100), Call(Operation.Close, 3, enter: 220));
        Add(Thread2, Call(Operation.WriteSocket, 1, enter: 150, duration: 900), Call(Operation.WriteSocket, 2, enter: 1100));

        Assert.Equal([(7ul, 1u), (8, 1)], Read(200));
        Assert.Equal([(7ul, 2u), (7, 3)], Read(1000));
        Assert.Equal([(8ul, 2u)], Read(1100));
        Assert.Empty(_reader.Read().Events);
    }

    [Fact]
    public void Read_MarksInTheBlockBeforeTheirCall_AreOnIt()
    {
        Add(Thread1, Bytes(new MarkRecord { Op = WireRecord.MarkOp, Sequence = 1, Line = 5 }));
        Assert.Empty(Read(50));
        Add(Thread1, Call(Operation.ReadSocket, 1, enter: 100));

        Assert.Equal(5ul, Assert.Single(Assert.Single(_reader.Read(200).Events).Marks).LineHash);
    }

    [Fact]
    public void Read_ContextDeclaredBefore_StillHolds()
    {
        Add(Thread1, Bytes(new ContextRecord { Op = WireRecord.ContextOp, Sequence = 0, Time = 10, Context = 4 }), Call(Operation.Close, 1, enter: 20));
        Assert.Single(Read(30));
        Add(Thread1, Call(Operation.Close, 2, enter: 40));

        Assert.Equal(4ul, Assert.Single(_reader.Read(50).Events).Context);
    }

    [Fact]
    public void Read_ContextDeclaredLongBeforeTheFirstCall_StillHolds()
    {
        Add(Thread1, Bytes(new ContextRecord { Op = WireRecord.ContextOp, Sequence = 0, Time = 10, Context = 4 }));
        Assert.Empty(Read(2 * (long)Minute));
        Add(Thread1, Call(Operation.Close, 1, enter: 3 * Minute));

        Assert.Equal(4ul, Assert.Single(_reader.Read(4 * (long)Minute).Events).Context);
    }

    [Fact]
    public void Read_AddressesToldLater_ComeToTheSameChannel()
    {
        Add(Thread1, Object(1, KindSocket, inode: 77, created: true, time: 100), Call(Operation.Socket, 1, objectNumber: 1, enter: 100));
        Channel channel = Assert.Single(_reader.Read(150).Events).Channel!;
        Assert.Null(channel.Peer);
        Add(Thread1, Object(1, KindSocket, inode: 77, localPort: 40000, peerPort: 3332, update: true, time: 200), Call(Operation.Connect, 2, objectNumber: 1, enter: 200));

        Assert.Same(channel, Assert.Single(_reader.Read(250).Events).Channel);
        Assert.Equal("10.0.0.4:3332", channel.Peer.ToString());
    }

    [Fact]
    public void Read_ObjectToldWithinACallWhoseTurnItIs_IsKnownAlready()
    {
        Add(Thread1, Object(1, KindSocket, inode: 77, created: true, time: 120), Call(Operation.Socket, 1, objectNumber: 1, enter: 100, duration: 30));

        Channel channel = Assert.Single(_reader.Read(110).Events).Channel!;
        Add(Thread1, Call(Operation.Close, 2, objectNumber: 1, enter: 200));

        Assert.Same(channel, Assert.Single(_reader.Read(300).Events).Channel);
    }

    [Fact]
    public void Read_ThreadsLossesAndSends_AreToldOnceInTheirTime()
    {
        Add(Thread1, Object(5, KindSocket, inode: 77, time: 10),
            Bytes(new ThreadRecord { Time = 20, Op = WireRecord.ThreadOp, ParentGeneration = 6 }),
            Bytes(new ContextRecord { Op = WireRecord.ContextOp, Time = 30, Context = 4, ByteCount = 9, ObjectNumber = 5, What = 1 }),
            Bytes(new CallRecord { Enter = 40, Op = WireRecord.LostOp, Arg0 = 1, Arg1 = 2 }));

        HostRecords[] read = [_reader.Read(19), _reader.Read(20), _reader.Read(30), _reader.Read(40), _reader.Read()];

        Assert.Equal([0, 1, 0, 0, 0], read.Select(r => r.Threads.Count));
        Assert.Equal([0, 0, 1, 0, 0], read.Select(r => r.Sends.Count));
        Assert.Equal([0, 0, 0, 1, 0], read.Select(r => r.Losses.Count));
    }

    [Fact]
    public void Read_LongAfterTheClose_HasForgottenTheObject()
    {
        Use(2 * Minute, Call(Operation.Close, 1, objectNumber: 1, enter: Minute));

        Assert.Null(Again().Channel);
    }

    [Fact]
    public void Read_ClosedOneOfTwoDescriptors_KnowsTheObject()
    {
        Use(2 * Minute, Call(Operation.Dup, 1, objectNumber: 1, enter: Minute), Call(Operation.Close, 2, objectNumber: 1, enter: Minute));

        Assert.NotNull(Again().Channel);
    }

    [Fact]
    public void Read_ClosedAfterAFork_KnowsTheObjectForTheChild()
    {
        Use(2 * Minute, Call(Operation.Fork, 1, enter: Minute), Call(Operation.Close, 2, objectNumber: 1, enter: Minute));

        Assert.NotNull(Again().Channel);
    }

    [Fact]
    public void Read_ShortlyAfterTheClose_KnowsTheObjectForCallsThatHadBegun()
    {
        Use(Minute + 1, Call(Operation.Close, 1, objectNumber: 1, enter: Minute));

        Assert.NotNull(Again().Channel);
    }

    [Fact]
    public void Read_FileOpenedAgainLongAfterTheClose_IsTheSameChannel()
    {
        Add(Thread1, Continued(Object(1, KindFile, inode: 5, time: Minute - 1), "/tmp/f"), Call(Operation.Fclose, 1, objectNumber: 1, enter: Minute));
        Channel written = Assert.Single(_reader.Read(2 * (long)Minute).Events).Channel!;
        _reader.Read(4 * (long)Minute);
        Add(Thread2, Continued(Object(2, KindFile, inode: 5, time: 5 * Minute), "/tmp/f"), Call(Operation.Fread, 1, objectNumber: 2, enter: 5 * Minute));

        Assert.Same(written, Assert.Single(_reader.Read().Events).Channel);
    }

    private void Use(ulong untilNs, params byte[][] calls)
    {
        Add(Thread1, [Object(1, KindSocket, inode: 77, created: true, time: Minute - 1), .. calls]);
        Assert.Equal(calls.Length, Read((long)untilNs).Length);
    }

    private HostEvent Again()
    {
        Add(Thread2, Call(Operation.ReadSocket, 1, objectNumber: 1, enter: 10 * Minute));
        return Assert.Single(_reader.Read().Events);
    }

    private (ulong Ring, uint Sequence)[] Read(long untilNs) => [.. _reader.Read(untilNs).Events.Select(e => (e.Ring, e.Sequence))];

    private void Add(RecordRun run, params byte[][] records) => _reader.Add(Payload(run, records));
}
