using STrace.AgentProtocol;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager.Tests;

/// <summary>The manager reads its agents' clocks while a session records, and keeps what it read.</summary>
public sealed class ClockReadingTests : IAsyncLifetime
{
    private const int Pings = 8;

    private RunningManager _manager = null!;

    public async Task InitializeAsync() => _manager = await RunningManager.StartAsync();

    public async Task DisposeAsync() => await _manager.DisposeAsync();

    [Fact]
    public async Task Session_AgentAnswersPings_HoldsItsClockFromBeginningAndEnd()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        for (int i = 0; i < Pings; i++)
            await AnswerAsync(agent, hostNs: 1000 + i);

        Task<HttpResponseMessage> stopping = _manager.Http.PostAsync("sessions/stop", null);
        for (int i = 0; i < Pings; i++)
            await AnswerAsync(agent, hostNs: 2000 + i);
        await agent.Peer.SendAsync(FrameCodec.Encode(new WatermarkFrame("s1", ++agent.Sequence, ScriptedAgent.TimeNs, 0)));
        (await stopping).EnsureSuccessStatusCode();

        ClockReading[] readings = [.. ClockReader.Read(_manager.Store.Open("s1"))];
        Assert.Equal(["h1", "h1"], readings.Select(r => r.Host));
        Assert.InRange(readings[0].HostNs, 1000, 1000 + Pings);
        Assert.InRange(readings[1].HostNs, 2000, 2000 + Pings);
        Assert.All(readings, r => Assert.InRange(r.ReceivedNs - r.SentNs, 0, 10_000_000_000));
        Assert.True(readings[0].ReceivedNs <= readings[1].SentNs);
    }

    [Fact]
    public async Task Session_AgentDoesNotAnswerPings_StopsWithoutItsClock()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);

        SessionChanged stopped = await _manager.StopSessionAsync(agent);

        Assert.Empty(stopped.Late);
        Assert.Empty(ClockReader.Read(_manager.Store.Open("s1")));
        Assert.NotEmpty(_manager.Store.Open("s1").ReadBlocks(BlockKind.Presence));
    }

    /// <summary>Answers the next ping, whatever else is said before.</summary>
    private static async Task AnswerAsync(ScriptedAgent agent, long hostNs)
    {
        object? frame;
        do
            frame = await agent.Peer.ReadAsync();
        while (frame is not (PingFrame or null));
        await agent.Peer.SendAsync(FrameCodec.Encode(new PongFrame(Assert.IsType<PingFrame>(frame).ManagerNs, hostNs)));
    }
}
