using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Manager.Tests;

/// <summary>What who follows a session hears of its hosts.</summary>
public sealed class SessionFeedTests : IAsyncLifetime
{
    private readonly RecordingFollower _follower = new();
    private RunningManager _manager = null!;
    private IDisposable _following = null!;

    public async Task InitializeAsync()
    {
        _manager = await RunningManager.StartAsync();
        _following = _manager.Feed.Follow(_follower);
    }

    public async Task DisposeAsync()
    {
        _following.Dispose();
        await _manager.DisposeAsync();
    }

    [Fact]
    public async Task Follow_ASession_HearsAllInTheOrderOfTheConnection()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        await agent.SendBlockAsync("s1");
        await PassAsync(agent, 10);
        await agent.SendBlockAsync("s1");
        await PassAsync(agent, 20, dropped: 3);

        await _manager.StopSessionAsync(agent);

        Assert.Equal(
            ["s1 begins", "h1 until 0", "h1 Events 2", "h1 until 10", "h1 Events 3", "h1 until 20, 3 dropped", $"h1 until {ScriptedAgent.TimeNs}, last", "s1 ends"],
            _follower.Told);
    }

    [Fact]
    public async Task Passed_OfAnAgent_IsKnownAndNotAcknowledged()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        Assert.Equal(0, _manager.Feed.PassedNs("h1"));

        await PassAsync(agent, 10);
        await agent.Peer.SendAsync(FrameCodec.Encode(new WatermarkFrame("s0", ++agent.Sequence, 5, 0)));
        await agent.AcknowledgedAsync(agent.Sequence);

        Assert.Equal(10, _manager.Feed.PassedNs("h1"));
        Assert.Equal(["s1 begins", "h1 until 0", "h1 until 10"], _follower.Told);
    }

    [Fact]
    public async Task Block_SentAgainAfterAReconnect_IsHandedOnOnce()
    {
        Guid run = Guid.NewGuid();
        using (ScriptedAgent before = await _manager.AgentAsync(agent: run))
        {
            await _manager.StartSessionAsync("s1", before);
            await before.SendBlockAsync("s1");
            await PassAsync(before, 10);
            await before.AcknowledgedAsync(2);
        }
        await HeardAsync("h1 gone");

        using ScriptedAgent after = await _manager.AgentAsync(agent: run);
        after.Sequence = 0;
        await after.Peer.SendAsync(FrameCodec.Encode(new ArmedFrame("s1", ++after.Sequence)));
        await after.SendBlockAsync("s1");
        await after.SendBlockAsync("s1");
        await PassAsync(after, 20);
        await HeardAsync("h1 until 20");

        Assert.Equal(
            ["s1 begins", "h1 until 0", "h1 Events 2", "h1 until 10", "h1 gone", "h1 until 10", "h1 Events 3", "h1 until 20"], _follower.Told);
    }

    [Fact]
    public async Task Passed_OfARestartedAgent_BeginsAnew()
    {
        using (ScriptedAgent before = await _manager.AgentAsync())
        {
            await _manager.StartSessionAsync("s1", before);
            await PassAsync(before, 10);
        }
        await HeardAsync("h1 gone");

        using ScriptedAgent after = await _manager.AgentAsync();
        await after.Peer.SendAsync(FrameCodec.Encode(new ArmedFrame("s1", ++after.Sequence)));
        await after.AcknowledgedAsync(1);

        Assert.Equal(["s1 begins", "h1 until 0", "h1 until 10", "h1 gone", "h1 until 0"], _follower.Told);
        Assert.Equal(0, _manager.Feed.PassedNs("h1"));
    }

    [Fact]
    public async Task Follow_ADatastore_IsNotHeardOf()
    {
        using ScriptedAgent store = await _manager.AgentAsync("d1");
        await store.Peer.SendAsync(FrameCodec.Encode(new PortsFrame([new DatastorePort(1, 2, "eth0")])));
        await _manager.StartSessionAsync("s1", store);

        await _manager.StopSessionAsync(store);

        Assert.Equal(["s1 begins", "s1 ends"], _follower.Told);
    }

    [Fact]
    public async Task Follow_Ended_HearsNoMore()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        _following.Dispose();

        await _manager.StartSessionAsync("s1", agent);
        await _manager.StopSessionAsync(agent);

        Assert.Empty(_follower.Told);
    }

    private static Task PassAsync(ScriptedAgent agent, long untilNs, long dropped = 0) =>
        agent.Peer.SendAsync(FrameCodec.Encode(new PassedFrame("s1", agent.Sequence, untilNs, dropped)));

    private Task HeardAsync(string what) => Eventually.TrueAsync(() => _follower.Told.Contains(what), $"'{what}' is heard");
}
