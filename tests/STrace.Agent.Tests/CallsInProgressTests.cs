using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>Up to when a look at the rings finds that everything is in them. Times are in ticks.</summary>
public sealed class CallsInProgressTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly AgentCounters _counters = new();
    private readonly TickClock _clock = new();
    private readonly Spool _spool = new(maxBytes: 1 << 20);
    private readonly Arena _arena;
    private readonly Producer _application;
    private readonly ulong _start;

    public CallsInProgressTests()
    {
        var options = new AgentOptions { Host = "h1", Manager = "unix:x", Socket = "x", Rings = 4, RecordsPerRing = 8 };
        _arena = new Arena(0, _folder["arena"], User.Id, User.GroupId, options, _clock, _counters);
        _application = new Producer(_arena.Path);
        _application.Claim(0);
        _start = _clock.Sample();
    }

    public void Dispose()
    {
        _application.Dispose();
        _arena.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void LookAtCalls_NoneInProgress_KnowsAll() => Assert.Equal(100, Look(100));

    [Fact]
    public void LookAtCalls_OneThatTakes_KnowsAll()
    {
        Show(Records.ReadSocket, 10);

        Assert.Equal(100, Look(100));
    }

    [Fact]
    public void LookAtCalls_OneThatGives_KnowsAllBeforeIt()
    {
        Show(Records.WriteSocket, 10);

        Assert.Equal(10, Look(100));
        Assert.Equal(10, Look(200));
        Show(0, 10);
        Assert.Equal(300, Look(300));
    }

    [Fact]
    public void LookAtCalls_OneThatGivesSinceTooLong_IsPassedOverAndCountedOnce()
    {
        Show(Records.WriteSocket, 10);

        Assert.Equal(100, Look(100, oldest: 11));
        Assert.Equal(200, Look(200, oldest: 12));

        Assert.Equal(1, _counters.CallsPassedOver);
    }

    [Fact]
    public void LookAtCalls_TimeThatIsNotToldYet_KnowsAllBeforeTheLookThatFoundNone()
    {
        Look(100);
        Show(Records.ReadSocket | RingHeader.Unsettled, 10);

        Assert.Equal(100, Look(200));
        Assert.Equal(100, Look(300));
        Show(Records.ReadSocket, 10);
        Assert.Equal(400, Look(400));
    }

    [Fact]
    public void LookAtCalls_ThreadBeganSinceTheLastLook_KnowsAllBeforeThat()
    {
        Look(100);
        _application.Claim(1);
        _application.Ring(1).CallOp = RingHeader.Unsettled;

        Assert.Equal(100, Look(200));
    }

    [Fact]
    public void LookAtCalls_LossIsNotToldYet_KnowsAllBeforeTheLookThatFoundNone()
    {
        var builder = new BlockBuilder(_clock, _spool);
        Look(100);
        _application.Ring(0).Lost = 3;

        Assert.Equal(100, Look(200));
        Assert.Equal(100, Look(300));
        _application.Publish(0, Records.Lost(first: 1, last: 3));
        _arena.Drain(builder, STrace.Agent.Look.Away);
        Assert.Equal(400, Look(400));
    }

    [Fact]
    public void LookAtCalls_LossesWithoutEnd_FollowsOneLookBehind()
    {
        var builder = new BlockBuilder(_clock, _spool);
        Look(100);
        _application.Ring(0).Lost = 3;
        Look(200);
        _application.Publish(0, Records.Lost(first: 1, last: 3));
        _arena.Drain(builder, STrace.Agent.Look.Away);
        _application.Ring(0).Lost = 5;

        Assert.Equal(200, Look(300));
    }

    private void Show(uint op, ulong enter)
    {
        _application.Ring(0).CallEnter = _start + enter;
        _application.Ring(0).CallOp = op;
    }

    /// <summary>In ticks since the start, as its result.</summary>
    private long Look(ulong now, ulong oldest = 0) => (long)(_arena.LookAtCalls(_start + now, _start + oldest) - _start);
}
