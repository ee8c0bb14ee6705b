using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

public sealed class ArenaTests : IDisposable
{
    private const uint RecordsPerRing = 8;

    // Linux numbers processes up to 2^22, so nobody has this one.
    private const int DeadPid = int.MaxValue;

    private readonly TemporaryFolder _folder = new();
    private readonly Arena _arena;
    private readonly Producer _application;
    private readonly CollectingSink _sink = new();

    public ArenaTests()
    {
        var options = new AgentOptions { Host = "h1", Manager = "unix:x", Socket = "x", Rings = 2, RecordsPerRing = RecordsPerRing };
        _arena = new Arena(3, _folder["arena"], User.Id, User.GroupId, options, new TickClock());
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

        Assert.False(_arena.Drain(_sink, freeDead: true));
        Assert.Empty(_sink.Accepted);
    }

    [Fact]
    public void Drain_TwoThreads_TakesEachOnceAndInOrder()
    {
        _application.Claim(0, "nginx");
        _application.Claim(1, "redis");
        _application.Publish(0, [.. Records.Call(1), .. Records.Call(2)]);
        _application.Publish(1, Records.Call(1));

        Assert.True(_arena.Drain(_sink, freeDead: false));
        Assert.False(_arena.Drain(_sink, freeDead: false));

        Assert.Equal([1u, 2u, 1u], _sink.Sequences);
        Assert.Equal(
            [
                new RecordRun(1, Environment.ProcessId, Environment.ProcessId, 1, 3, "nginx"),
                new RecordRun(2, Environment.ProcessId, Environment.ProcessId, 1, 3, "redis"),
            ],
            _sink.Accepted.Select(a => a.Run));
    }

    [Fact]
    public void Drain_GroupAcrossTheRingsEnd_HandsItOverAsOne()
    {
        _application.Claim(0);
        for (uint sequence = 1; sequence <= RecordsPerRing - 2; sequence++)
            _application.Publish(0, Records.Call(sequence));
        _arena.Drain(_sink, freeDead: false);
        byte[] group = Records.Call(7, continuations: 4);

        _application.Publish(0, group);
        _arena.Drain(_sink, freeDead: false);

        Assert.Equal(group, _sink.Accepted[^1].Records);
        Assert.Equal(_application.Ring(0).Head, _application.Ring(0).Tail);
    }

    [Fact]
    public void Drain_FullRing_TakesAllOfIt()
    {
        _application.Claim(0);
        _application.Publish(0, Records.Call(1));
        _arena.Drain(_sink, freeDead: false);

        for (uint sequence = 2; sequence <= RecordsPerRing + 1; sequence++)
            _application.Publish(0, Records.Call(sequence));
        _arena.Drain(_sink, freeDead: false);

        Assert.Equal(Enumerable.Range(1, (int)RecordsPerRing + 1).Select(n => (uint)n), _sink.Sequences);
    }

    [Fact]
    public void Drain_OwnerStillFillsInItsName_IsLeftForLater()
    {
        _application.Claim(0);
        _application.Publish(0, Records.Call(1));
        ulong generation = _application.Ring(0).Generation;

        _application.Ring(0).Generation = 0;
        bool before = _arena.Drain(_sink, freeDead: false);
        _application.Ring(0).Generation = generation;

        Assert.False(before);
        Assert.True(_arena.Drain(_sink, freeDead: false));
    }

    [Fact]
    public void Drain_ProgramNameWithoutItsEnd_IsCut()
    {
        _application.Claim(0, new string('n', RingHeader.ProgramBytes));
        _application.Publish(0, Records.Call(1));

        _arena.Drain(_sink, freeDead: false);

        Assert.Equal(new string('n', RingHeader.ProgramBytes - 1), _sink.Accepted[0].Run.Program);
    }

    [Fact]
    public void Drain_ThreadThatEnded_IsReadToItsEndAndFreed()
    {
        _application.Claim(0);
        _application.Publish(0, Records.Call(1));
        _application.End(0);

        _arena.Drain(_sink, freeDead: false);

        Assert.Equal([1u], _sink.Sequences);
        AssertFree(0);
    }

    [Fact]
    public void Drain_OwnerWasKilled_IsReadToItsEndAndFreedWhenLookedFor()
    {
        _application.Claim(0, pid: DeadPid);
        _application.Publish(0, Records.Call(1));
        _application.Ring(0).CallOp = Records.ReadSocket;

        _arena.Drain(_sink, freeDead: false);
        Assert.Equal(1u, _application.Ring(0).State);
        _arena.Drain(_sink, freeDead: true);

        Assert.Equal([1u], _sink.Sequences);
        AssertFree(0);
    }

    [Fact]
    public void Drain_RingWasFreed_TakesItsNextOwnersRecords()
    {
        _application.Claim(0, "first");
        _application.Publish(0, Records.Call(1));
        _application.End(0);
        _arena.Drain(_sink, freeDead: false);

        _application.Claim(0, "second");
        _application.Publish(0, Records.Call(1));
        _arena.Drain(_sink, freeDead: false);

        Assert.Equal(["first", "second"], _sink.Accepted.Select(a => a.Run.Program));
        Assert.Equal([1UL, 2UL], _sink.Accepted.Select(a => a.Run.Generation));
    }

    [Fact]
    public void Drain_HeadThatTheRingCannotHold_CostsThatRingOnly()
    {
        _application.Claim(0);
        _application.Claim(1);
        _application.Ring(0).Head = ulong.MaxValue / 2;
        _application.Publish(1, Records.Call(1));

        _arena.Drain(_sink, freeDead: false);

        Assert.Equal([1u], _sink.Sequences);
        Assert.Equal(2UL, Assert.Single(_sink.Accepted).Run.Generation);
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
