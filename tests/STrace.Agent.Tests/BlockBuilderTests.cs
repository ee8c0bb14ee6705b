using System.Runtime.InteropServices;
using STrace.AgentProtocol;

namespace STrace.Agent.Tests;

public sealed class BlockBuilderTests : IDisposable
{
    private const int BlockBytes = 256 * 1024;
    private static readonly RecordRun Run = new(9, 100, 101, 1, 2, "app");

    private readonly TickClock _clock = new();
    private readonly Spool _spool = new(maxBytes: 16 * 1024 * 1024);
    private readonly BlockBuilder _builder;
    private readonly KnownThread _thread = new(Run);

    public BlockBuilderTests() => _builder = new BlockBuilder(_clock, _spool);

    public void Dispose() => _thread.Dispose();

    [Fact]
    public async Task Accept_WhileASessionRecords_TurnsTicksIntoNs()
    {
        ulong ticks = _clock.Sample();
        _builder.Begin("s1", [_thread.Owner.Objects]);

        _thread.Publish(_builder, Records.Call(1, ticks, durationErrno: (11UL << 48) | 1_000_000));
        _builder.Flush();

        BlockFrame block = await BlockAsync(1);
        var (run, record) = Assert.Single(Runs(block));
        var call = MemoryMarshal.Read<CallRecord>(record);
        Assert.Equal(Run, run);
        Assert.InRange((long)call.Enter, TickClock.NowNs - 60_000_000_000, TickClock.NowNs);
        Assert.Equal(((long)call.Enter, (long)call.Enter), (block.FirstNs, block.LastNs));
        Assert.Equal((ulong)(1_000_000 * _clock.NsPerTick), call.DurationErrno & WireRecord.DurationMask);
        Assert.Equal(11UL, call.DurationErrno >> 48);
    }

    [Theory]
    [InlineData(Records.ReadSocket, 1, 0)] // takes, and took then
    [InlineData(Records.ReadSocket, 0, 1)]
    [InlineData(Records.WriteSocket, 1, 1)] // gave when it began
    public void Accept_BeganBeforeWhatHasPassed_IsLateByItsEffect(ushort op, int seconds, long late)
    {
        var counters = new AgentCounters();
        var builder = new BlockBuilder(_clock, _spool, counters);
        builder.Begin("s1", []);
        ulong begun = _clock.Sample();
        builder.PassedNs = _clock.Now.ToNs(begun) + 500_000_000;

        _thread.Publish(builder, Records.Call(1, begun, durationErrno: (ulong)(seconds * 1e9 / _clock.NsPerTick), op: op));

        Assert.Equal(late, counters.RecordsLate);
    }

    [Fact]
    public async Task Accept_SaturatedDuration_StaysSaturated()
    {
        _builder.Begin("s1", [_thread.Owner.Objects]);

        _thread.Publish(_builder, Records.Call(1, durationErrno: WireRecord.DurationMask));
        _builder.Flush();

        ulong duration = MemoryMarshal.Read<CallRecord>(Runs(await BlockAsync(1))[0].Records).DurationErrno;
        Assert.Equal(Math.Min((ulong)(WireRecord.DurationMask * _clock.NsPerTick), WireRecord.DurationMask), duration);
    }

    [Fact]
    public async Task Accept_RecordsThatAreNotCalls_KeepTheirOtherFields()
    {
        _builder.Begin("s1", [_thread.Owner.Objects]);

        _thread.Publish(_builder, [.. Records.Thread(), .. Records.Lost(durationErrno: 12345)]);
        _builder.Flush();

        byte[] records = Runs(await BlockAsync(1))[0].Records;
        Assert.Equal(ulong.MaxValue, MemoryMarshal.Read<ThreadRecord>(records).ParentGeneration);
        Assert.Equal(12345UL, MemoryMarshal.Read<CallRecord>(records.AsSpan(WireRecord.Bytes)).DurationErrno);
    }

    [Fact]
    public async Task Begin_ObjectsWereLearntBefore_StartsWithTheirSnapshot()
    {
        _thread.Publish(_builder, [.. Records.Object(5, continuations: 2), .. Records.Call(1), .. Records.Object(6)]);
        _builder.Flush();
        Assert.Equal(0, _spool.Sequence);

        _builder.Begin("s1", [_thread.Owner.Objects]);

        BlockFrame block = await BlockAsync(1);
        Assert.Equal((FrameType.ObjectSnapshot, "s1", 2), (block.Kind, block.Session, block.Count));
        Assert.Equal([5u, 6u], Runs(block).Select(r => MemoryMarshal.Read<ObjectRecord>(r.Records).ObjectNumber));
        Assert.Equal([3, 1], Runs(block).Select(r => r.Records.Length / WireRecord.Bytes));
        Assert.All(Runs(block), r => Assert.Equal(new RecordRun(0, 0, 0, 0, Run.Arena, ""), r.Run));
    }

    [Fact]
    public void Begin_NothingLearnt_SendsNothing()
    {
        _builder.Begin("s1", [_thread.Owner.Objects]);

        Assert.Equal(0, _spool.Sequence);
    }

    [Fact]
    public async Task Begin_ASecondSession_StartsWithTheObjectsOfTheFirst()
    {
        _builder.Begin("s1", [_thread.Owner.Objects]);
        _thread.Publish(_builder, Records.Object(5));
        _builder.End();
        _builder.Begin("s2", [_thread.Owner.Objects]);

        Assert.Equal((FrameType.Events, "s1"), await KindOfAsync(1));
        Assert.Equal((FrameType.ObjectSnapshot, "s2"), await KindOfAsync(2));
    }

    [Fact]
    public void End_WhatComesAfterIt_IsNotKept()
    {
        _builder.Begin("s1", [_thread.Owner.Objects]);
        _thread.Publish(_builder, Records.Call(1));
        _builder.End();
        long sent = _spool.Sequence;

        _thread.Publish(_builder, Records.Call(2));
        _builder.Flush();

        Assert.Equal((1L, 1L), (sent, _spool.Sequence));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(14)]
    [InlineData(15)]
    public async Task Accept_MoreThanABlock_CutsItBetweenGroups(int continuations)
    {
        byte[] records = [.. Enumerable.Range(1, 1024).SelectMany(n => Records.Call((uint)n, continuations: continuations))];
        _builder.Begin("s1", []);

        for (int i = 0; i < 8; i++)
            _thread.Publish(_builder, records);
        _builder.Flush();

        Assert.InRange(_spool.Sequence, 8 * records.Length / BlockBytes, 8 * records.Length / BlockBytes + 2);
        var sequences = new List<uint>();
        for (long sequence = 1; sequence <= _spool.Sequence; sequence++)
        {
            BlockFrame block = await BlockAsync(sequence);
            Assert.InRange(block.Payload.Length, 1, BlockBytes);
            uint[] found = [.. Runs(block).SelectMany(r => Records.SequencesOf(r.Records))];
            Assert.Equal(block.Count, found.Length);
            Assert.All(Runs(block), r => Assert.Equal(0, r.Records.Length % ((1 + continuations) * WireRecord.Bytes)));
            sequences.AddRange(found);
        }
        Assert.Equal(Enumerable.Repeat(Enumerable.Range(1, 1024).Select(n => (uint)n), 8).SelectMany(n => n), sequences);
    }

    [Fact]
    public async Task Accept_GroupAcrossTheRingsEnd_IsOneGroup()
    {
        byte[] group = Records.Call(1, continuations: 3);
        var records = MemoryMarshal.Cast<byte, CallRecord>(group);
        _builder.Begin("s1", []);

        _builder.Accept(_thread.Owner, new RingSlice(records[..2], records[2..]));
        _builder.Flush();

        BlockFrame block = await BlockAsync(1);
        Assert.Equal((1, group.Length), (block.Count, Runs(block)[0].Records.Length));
        Assert.Equal(group[WireRecord.Bytes..], Runs(block)[0].Records[WireRecord.Bytes..]);
    }

    [Fact]
    public async Task Accept_Marks_StayAsTheyAre()
    {
        byte[] mark = Records.Mark(start: 7, offset: 90);
        _builder.Begin("s1", []);

        _thread.Publish(_builder, [.. mark, .. Records.Call(1)]);
        _builder.Flush();

        BlockFrame block = await BlockAsync(1);
        Assert.Equal(mark, Runs(block)[0].Records[..WireRecord.Bytes]);
        Assert.Equal((2, block.FirstNs), (block.Count, block.LastNs));
    }

    [Fact]
    public async Task Accept_AMarkAlone_IsInABlockOfNow()
    {
        _builder.Begin("s1", []);

        _thread.Publish(_builder, Records.Mark(start: 7, offset: 90));
        _builder.Flush();

        BlockFrame block = await BlockAsync(1);
        Assert.InRange(block.FirstNs, TickClock.NowNs - 60_000_000_000, TickClock.NowNs);
        Assert.Equal(block.FirstNs, block.LastNs);
    }

    [Fact]
    public async Task Lost_OfADeadOwner_IsARecordOfWhichCalls()
    {
        _builder.Begin("s1", []);
        _thread.Publish(_builder, Records.Call(4));

        _builder.Lost(_thread.Owner, first: 5, last: 9);
        _builder.Flush();

        var lost = MemoryMarshal.Read<CallRecord>(Runs(await BlockAsync(1))[1].Records);
        Assert.Equal((WireRecord.LostOp, 5L, 9L), (lost.Op, lost.Arg0, lost.Arg1));
        Assert.InRange((long)lost.Enter, TickClock.NowNs - 60_000_000_000, TickClock.NowNs);
    }

    [Fact]
    public void Accept_CallsAndLosses_KeepsCountOfWhatTheThreadTold()
    {
        _thread.Publish(_builder, [.. Records.Call(4), .. Records.Lost(first: 5, last: 7), .. Records.Call(8)]);

        Assert.Equal((8u, 3UL), (_thread.Owner.LastSequence, _thread.Owner.LostTold));
    }

    [Fact]
    public async Task Accept_GroupWhoseEndIsMissing_KeepsWhatIsThere()
    {
        _builder.Begin("s1", [_thread.Owner.Objects]);

        _thread.Publish(_builder, Records.Call(1, continuations: 3).AsSpan(0, 2 * WireRecord.Bytes));
        _builder.Flush();

        Assert.Equal(1, (await BlockAsync(1)).Count);
    }

    private async Task<BlockFrame> BlockAsync(long sequence)
    {
        var (_, frame) = await _spool.NextAsync(sequence - 1, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        return Assert.IsType<BlockFrame>(FrameCodec.Decode(frame[FrameCodec.LengthBytes..].ToArray()));
    }

    private async Task<(FrameType, string)> KindOfAsync(long sequence)
    {
        BlockFrame block = await BlockAsync(sequence);
        return (block.Kind, block.Session);
    }

    private static List<(RecordRun Run, byte[] Records)> Runs(BlockFrame block)
    {
        var runs = new List<(RecordRun, byte[])>();
        ReadOnlySpan<byte> payload = block.Payload.Span;
        while (RecordRun.TryRead(ref payload, out RecordRun run, out ReadOnlySpan<byte> records))
            runs.Add((run, records.ToArray()));
        return runs;
    }
}
