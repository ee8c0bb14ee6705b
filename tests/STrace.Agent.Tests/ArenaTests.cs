using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

public sealed class ArenaTests : IDisposable
{
    private const uint RecordsPerRing = 8;

    // Linux numbers processes up to 2^22, so nobody has this one.
    private const int DeadPid = int.MaxValue;

    private readonly TemporaryFolder _folder = new();
    private readonly AgentOptions _options = new() { Host = "h1", Manager = "unix:x", Socket = "x", Rings = 2, RecordsPerRing = RecordsPerRing };
    private readonly AgentCounters _counters = new();
    private readonly TickClock _clock = new();
    private readonly Arena _arena;
    private readonly Producer _application;
    private readonly CollectingSink _sink = new();

    public ArenaTests()
    {
        _arena = new Arena(3, _folder["arena"], User.Id, User.GroupId, _options, _clock, _counters);
        _application = new Producer(_arena.Path);
    }

    public void Dispose()
    {
        _application.Dispose();
        _arena.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Constructor_ItsFile_IsTheOwnersAloneAndFilledIn()
    {
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_arena.Path));
        Assert.Equal(_arena.Bytes, new FileInfo(_arena.Path).Length);
        Assert.Equal((ArenaHeader.WireMagic, (ulong)_arena.Bytes, 2u, RecordsPerRing),
            (_application.Arena.Magic, _application.Arena.TotalBytes, _application.Arena.Slots, _application.Arena.Records));
        Assert.False(_application.IsArmed);
    }

    [Fact]
    public void Drain_NobodyWrote_TakesNothing()
    {
        _application.Claim(0);

        Assert.Equal(0, _arena.Drain(_sink, Look.Closely));
        Assert.Empty(_sink.Accepted);
    }

    [Fact]
    public void Drain_TwoThreads_TakesEachOnceAndInOrder()
    {
        _application.Claim(0, "nginx");
        _application.Claim(1, "redis");
        _application.Publish(0, [.. Records.Call(1), .. Records.Call(2)]);
        _application.Publish(1, Records.Call(1));

        Assert.Equal(2, _arena.Drain(_sink, Look.Away));
        Assert.Equal(0, _arena.Drain(_sink, Look.Away));

        Assert.Equal([1u, 1u, 2u], _sink.Sequences.Order());
        Assert.Equal(
            [
                new RecordRun(1, Environment.ProcessId, Environment.ProcessId, 1, 3, "nginx"),
                new RecordRun(2, Environment.ProcessId, Environment.ProcessId, 1, 3, "redis"),
            ],
            _sink.Accepted.Select(a => a.Run).OrderBy(r => r.Generation));
    }

    [Fact]
    public void Drain_GroupAcrossTheRingsEnd_HandsItOverAsOne()
    {
        _application.Claim(0);
        for (uint sequence = 1; sequence <= RecordsPerRing - 2; sequence++)
            _application.Publish(0, Records.Call(sequence));
        _arena.Drain(_sink, Look.Away);
        byte[] group = Records.Call(7, continuations: 4);

        _application.Publish(0, group);
        _arena.Drain(_sink, Look.Away);

        Assert.Equal(group, _sink.Accepted[^1].Records);
        Assert.Equal(_application.Ring(0).Head, _application.Ring(0).Tail);
    }

    [Fact]
    public void Drain_FullRing_TakesAllOfIt()
    {
        _application.Claim(0);
        _application.Publish(0, Records.Call(1));
        _arena.Drain(_sink, Look.Away);

        for (uint sequence = 2; sequence <= RecordsPerRing + 1; sequence++)
            _application.Publish(0, Records.Call(sequence));
        _arena.Drain(_sink, Look.Away);

        Assert.Equal(Enumerable.Range(1, (int)RecordsPerRing + 1).Select(n => (uint)n), _sink.Sequences);
    }

    [Fact]
    public void Drain_OwnerStillFillsInItsName_IsLeftForLater()
    {
        _application.Claim(0);
        _application.Publish(0, Records.Call(1));
        ulong generation = _application.Ring(0).Generation;

        _application.Ring(0).Generation = 0;
        int before = _arena.Drain(_sink, Look.Away);
        _application.Ring(0).Generation = generation;

        Assert.Equal((0, 1), (before, _arena.Drain(_sink, Look.Away)));
    }

    [Fact]
    public void Drain_ProgramNameWithoutItsEnd_IsCut()
    {
        _application.Claim(0, new string('n', RingHeader.ProgramBytes));
        _application.Publish(0, Records.Call(1));

        _arena.Drain(_sink, Look.Away);

        Assert.Equal(new string('n', RingHeader.ProgramBytes - 1), _sink.Accepted[0].Run.Program);
    }

    [Fact]
    public void Drain_ThreadThatEnded_IsReadToItsEndAndFreed()
    {
        _application.Claim(0);
        _application.Publish(0, Records.Call(1));
        _application.End(0);

        _arena.Drain(_sink, Look.Away);

        Assert.Equal([1u], _sink.Sequences);
        AssertFree(0);
    }

    [Fact]
    public void Drain_OwnerWasKilled_IsReadToItsEndAndFreedWhenLookedFor()
    {
        _application.Claim(0, pid: DeadPid);
        _application.Publish(0, Records.Call(1));
        _application.Ring(0).CallOp = Records.ReadSocket;

        _arena.Drain(_sink, Look.Away);
        Assert.Equal(1u, _application.Ring(0).State);
        _arena.Drain(_sink, Look.Closely);

        Assert.Equal([1u], _sink.Sequences);
        AssertFree(0);
    }

    [Fact]
    public void Drain_RingWasFreed_TakesItsNextOwnersRecords()
    {
        _application.Claim(0, "first");
        _application.Publish(0, Records.Call(1));
        _application.End(0);
        _arena.Drain(_sink, Look.Away);

        _application.Claim(0, "second");
        _application.Publish(0, Records.Call(1));
        _arena.Drain(_sink, Look.Away);

        Assert.Equal(["first", "second"], _sink.Accepted.Select(a => a.Run.Program));
        Assert.Equal([1UL, 2UL], _sink.Accepted.Select(a => a.Run.Generation));
    }

    [Fact]
    public void Drain_ThreadHasARingAgain_TakesTheOlderToItsEndAndFreesIt()
    {
        _application.Claim(1, "before exec");
        _application.Publish(1, Records.Call(1));
        _application.Claim(0, "after");

        _arena.Drain(_sink, Look.Away);

        Assert.Equal([1u], _sink.Sequences);
        AssertFree(1);
        Assert.Equal(RingHeader.Free + 1, _application.Ring(0).State);
    }

    [Fact]
    public void Drain_HeadThatTheRingCannotHold_CostsThatRingOnly()
    {
        _application.Claim(0);
        _application.Claim(1);
        _application.Ring(0).Head = ulong.MaxValue / 2;
        _application.Publish(1, Records.Call(1));

        _arena.Drain(_sink, Look.Away);

        Assert.Equal([1u], _sink.Sequences);
        Assert.Equal(2UL, Assert.Single(_sink.Accepted).Run.Generation);
    }

    [Fact]
    public void Drain_HeadThatTheRingCannotHold_IsCounted()
    {
        _application.Claim(0);
        _application.Ring(0).Head = ulong.MaxValue / 2;

        _arena.Drain(_sink, Look.Away);

        Assert.Equal(1, _counters.RingsOverwritten);
    }

    [Fact]
    public void Drain_OwnersNumberWasGivenToAnotherProcess_FreesTheRing()
    {
        using var shortLived = new MappingProcess(_arena.Path);
        _application.Claim(0, pid: shortLived.Id);
        _arena.Drain(_sink, Look.Away);
        _application.Ring(0).Pid = _application.Ring(0).Tid = (uint)Environment.ProcessId; // as if it had been numbered as this one is
        shortLived.Dispose();

        _arena.Drain(_sink, Look.Closely);

        AssertFree(0);
    }

    [Fact]
    public void Drain_OwnerIsAZombie_FreesTheRing()
    {
        // The child of a shell that executes something else is never waited for.
        using Process parent = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "sh -c 'echo $$' & exec tail -f /dev/null"]) { RedirectStandardOutput = true })!;
        int child = int.Parse(parent.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{child}/stat").Contains(") Z ", StringComparison.Ordinal));
        _application.Claim(0, pid: child);

        _arena.Drain(_sink, Look.Closely);

        AssertFree(0);
        parent.Kill();
    }

    [Fact]
    public void Drain_OwnerDiedBeforeItToldOfItsLosses_TellsThem()
    {
        _application.Claim(0, pid: DeadPid);
        _application.Publish(0, Records.Call(1));
        _application.Ring(0).Lost = 3;
        _arena.Drain(_sink, Look.Away);

        _arena.Drain(_sink, Look.Closely);

        Assert.Equal((2u, 4u), Assert.Single(_sink.LostByTheDead.Select(l => (l.First, l.Last))));
        Assert.Equal(3, _counters.CallsLost);
    }

    [Fact]
    public void Drain_RingsThatLostCalls_CountsEachOnce()
    {
        _application.Claim(0);
        _application.Publish(0, Records.Call(1));
        _application.Ring(0).Lost = 3;
        _arena.Drain(_sink, Look.Away);
        _application.Publish(0, Records.Call(5));

        _arena.Drain(_sink, Look.Away);

        Assert.Equal(3, _counters.CallsLost);
    }

    [Fact]
    public void Constructor_Options_AreInTheHeader()
    {
        using var arena = new Arena(4, _folder["other"], User.Id, User.GroupId,
            _options with { DropWhenFull = true, Marks = false, SummaryBytes = 9, BlockDeadline = TimeSpan.FromSeconds(1) }, _clock);
        using var application = new Producer(arena.Path);

        ref ArenaHeader header = ref application.Arena;
        Assert.Equal((ArenaHeader.PolicyDrop, 0u, 9u), (header.Policy, header.Marks, header.SummaryBytes));
        Assert.Equal(1, header.BlockTicks * _clock.NsPerTick / 1e9, tolerance: 0.01);
        Assert.Equal((ArenaHeader.PolicyBlock, 1u, 64u), (_application.Arena.Policy, _application.Arena.Marks, _application.Arena.SummaryBytes));
    }

    [Fact]
    public void Adopt_AnAgentWasKilled_GoesOnWhereItLeftOff()
    {
        _application.Claim(0, "nginx");
        _application.Publish(0, Records.Call(1));
        _arena.Drain(_sink, Look.Away);
        _application.Publish(0, Records.Call(2));
        _application.Ring(0).Lost = 5;
        _arena.Arm(true);

        Arena adopted = Arena.Adopt(7, _arena.Path, User.Id, _options, _clock, _counters)!;
        var sink = new CollectingSink();
        adopted.Drain(sink, Look.Closely);

        Assert.Equal((7, 1, false), (adopted.Number, adopted.Owned, _application.IsArmed));
        Assert.Equal([2u], sink.Sequences);
        Assert.Equal((7, "nginx"), (sink.Accepted[0].Run.Arena, sink.Accepted[0].Run.Program));
        Assert.Equal(0, _counters.CallsLost); // the other agent's count
    }

    [Theory]
    [InlineData(0)] // the magic
    [InlineData(4)] // the version
    [InlineData(16)] // the slots
    [InlineData(20)] // the records a ring
    [InlineData(24)] // the clock
    public void Adopt_HeaderIsNotRight_LeavesIt(int offset)
    {
        MemoryMarshal.AsBytes(new Span<ArenaHeader>(ref _application.Arena))[offset] = 77;

        Assert.Null(Arena.Adopt(7, _arena.Path, User.Id, _options, _clock, _counters));
    }

    [Fact]
    public void Adopt_FileOfAnotherUser_LeavesIt() =>
        Assert.Null(Arena.Adopt(7, _arena.Path, User.Id + 1, _options, _clock, _counters));

    [Fact]
    public void Dispose_ApplicationsStillRun_LeavesItToTheNextAgent()
    {
        var other = new Arena(4, _folder["other"], User.Id, User.GroupId, _options, _clock);
        using var application = new MappingProcess(other.Path);

        other.Dispose();

        Assert.True(File.Exists(other.Path));
        Assert.True(File.Exists(Arena.ObjectsPath(other.Path)));
    }

    [Fact]
    public void Arm_OnAndOff_IsSeenByTheApplications()
    {
        _arena.Arm(true);
        Assert.True(_application.IsArmed);

        _arena.Arm(false);
        Assert.False(_application.IsArmed);
    }

    [Fact]
    public void Dispose_TellsTheApplicationsAndTakesTheNameAway()
    {
        var other = new Arena(4, _folder["other"], User.Id, User.GroupId,
            new AgentOptions { Host = "h1", Manager = "unix:x", Socket = "x", Rings = 1, RecordsPerRing = 8 }, new TickClock());
        using var application = new Producer(other.Path);
        other.Arm(true);

        other.Dispose();

        Assert.Equal((0u, 0u), (application.Arena.AgentAlive, application.Arena.Armed));
        Assert.False(File.Exists(other.Path));
    }

    private void AssertFree(uint slot)
    {
        ref RingHeader ring = ref _application.Ring(slot);
        Assert.Equal((RingHeader.Free, 0u, 0u, 0UL, 0u, 0u), (ring.State, ring.Pid, ring.Tid, ring.Generation, ring.Ended, ring.CallOp));
        Assert.Equal((0UL, 0UL, 0u, 0UL), (ring.Head, ring.Tail, ring.Sequence, ring.Lost));
    }
}
