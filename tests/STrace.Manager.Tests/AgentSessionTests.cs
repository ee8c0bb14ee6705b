using System.Net.Http.Json;
using STrace.AgentProtocol;
using STrace.Storage;
using STrace.TestKit;

namespace STrace.Manager.Tests;

/// <summary>What agents and a manager agree on: nothing is lost, nothing is stored twice, and a session waits for its hosts.</summary>
public sealed class AgentSessionTests : IAsyncLifetime
{
    private const int AgentBroken = 103, LateBlock = 108, AgentRefused = 116;

    private RunningManager _manager = null!;

    public async Task InitializeAsync() => _manager = await RunningManager.StartAsync();

    public async Task DisposeAsync() => await _manager.DisposeAsync();

    [Fact]
    public async Task Hello_NoSessionRecords_IsWelcomedAndToldSo()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();

        Assert.Equal((0L, null), (agent.LastStored, agent.Session));
    }

    [Fact]
    public async Task Hello_WhileASessionRecords_IsToldToRecordIt()
    {
        await _manager.StartSessionAsync("s1");

        using ScriptedAgent agent = await _manager.AgentAsync();

        Assert.Equal("s1", agent.Session);
        Assert.Equal(["h1"], _manager.Store.Open("s1").Hosts.Select(h => h.Name));
    }

    [Fact]
    public async Task Hello_OfAnotherVersion_IsRefusedAndTheReasonLogged()
    {
        using FramePeer agent = await _manager.ConnectAsync();

        await agent.SendAsync(FrameCodec.Encode(ScriptedAgent.Hello("h1", Guid.NewGuid()) with { Version = FrameCodec.Version + 1 }));
        await agent.ExpectCloseAsync();

        await Eventually.TrueAsync(() => _manager.Log.OfEvent(AgentBroken).Any(), "the refusal is logged");
        Assert.Contains("install the same release on both", _manager.Log.OfEvent(AgentBroken).Single(), StringComparison.Ordinal);
        Assert.Empty(await HostsAsync());
    }

    [Fact]
    public async Task FirstFrame_ThatIsNotAHello_CostsTheConnection()
    {
        using FramePeer agent = await _manager.ConnectAsync();

        await agent.SendAsync(FrameCodec.Encode(new ArmedFrame("s1", 1)));

        await agent.ExpectCloseAsync();
        Assert.Empty(await HostsAsync());
    }

    [Theory]
    [InlineData("ff ff ff ff 01")] // a length beyond all bounds
    [InlineData("01 00 00 00 c8")] // a type that nobody knows
    [InlineData("03 00 00 00 0a ff ff")] // a block that ends too early
    [InlineData("09 00 00 00 04 01 00 00 00 00 00 00 00")] // an ACK, which only managers send
    public async Task Garbage_FromAnAgent_CostsItsConnectionOnly(string hex)
    {
        using ScriptedAgent good = await _manager.AgentAsync("h1");
        using ScriptedAgent bad = await _manager.AgentAsync("h2");

        await bad.Peer.SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        await bad.Peer.ExpectCloseAsync();

        await _manager.StartSessionAsync("s1", good);
        Assert.Equal([("h1", true), ("h2", false)], (await HostsAsync()).Select(h => (h.Name, h.Connected)));
    }

    [Fact]
    public async Task Hello_SecondAgentOfTheHostWhoseFirstIsSilent_ReplacesTheFirst()
    {
        using ScriptedAgent first = await _manager.AgentAsync();
        using ScriptedAgent second = await _manager.AgentAsync(); // the first does not answer the manager's ping

        await first.Peer.ExpectCloseAsync();
        await _manager.StartSessionAsync("s1", second);
    }

    [Fact]
    public async Task Hello_SecondAgentOfTheHostWhoseFirstAnswers_IsToldWhyAndTakenWhenTheFirstEnds()
    {
        using ScriptedAgent first = await _manager.AgentAsync();
        using FramePeer second = await _manager.ConnectAsync();
        await second.SendAsync(FrameCodec.Encode(ScriptedAgent.Hello("h1", Guid.NewGuid())));
        await first.Peer.ExpectAsync<PingFrame>();
        await first.Peer.SendAsync(FrameCodec.Encode(new PongFrame(0, 0)));

        var refused = await second.ExpectAsync<RefuseFrame>();

        Assert.Contains("another agent of host h1", refused.Reason, StringComparison.Ordinal);
        Assert.Single(_manager.Log.OfEvent(AgentRefused));
        first.Dispose();
        await second.ExpectAsync<PingFrame>();
        await second.ExpectAsync<WelcomeFrame>();
    }

    [Fact]
    public async Task Hello_SameAgentAgain_ReplacesItsOldConnectionAtOnce()
    {
        var agent = Guid.NewGuid();
        using ScriptedAgent old = await _manager.AgentAsync(agent: agent);
        using ScriptedAgent anew = await _manager.AgentAsync(agent: agent);

        await old.Peer.ExpectCloseAsync();
        Assert.Empty(_manager.Log.OfEvent(AgentRefused));
    }

    [Fact]
    public async Task Start_Session_WaitsUntilAllHostsRecord()
    {
        using ScriptedAgent first = await _manager.AgentAsync("h1");
        using ScriptedAgent second = await _manager.AgentAsync("h2");

        Task<HttpResponseMessage> starting = _manager.Http.PostAsJsonAsync("sessions", new StartSession("s1"));
        await first.ArmAsync("s1");
        await first.AcknowledgedAsync(first.Sequence); // its ARMED has been taken
        Assert.False(starting.IsCompleted);
        await second.ArmAsync("s1");

        var started = await (await starting).Content.ReadFromJsonAsync<SessionChanged>();
        Assert.Equal("s1", started!.Name);
        Assert.Empty(started.Late);
        Assert.Equal(["s1", "s1"], (await HostsAsync()).Select(h => h.Recording));
    }

    [Fact]
    public async Task Start_HostGoesAwayMeanwhile_DoesNotWaitForIt()
    {
        ScriptedAgent agent = await _manager.AgentAsync();

        Task<HttpResponseMessage> starting = _manager.Http.PostAsJsonAsync("sessions", new StartSession("s1"));
        await agent.ConfiguredAsync();
        agent.Dispose();

        Assert.True((await starting).IsSuccessStatusCode);
    }

    [Fact]
    public async Task Stop_Session_WaitsForTheLastRecordsOfAllHosts()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);

        Task<HttpResponseMessage> stopping = _manager.Http.PostAsync("sessions/stop", null);
        Assert.Null(await agent.ConfiguredAsync());
        long last = await agent.SendBlockAsync("s1");
        await agent.AcknowledgedAsync(last);
        Assert.False(stopping.IsCompleted);
        await agent.Peer.SendAsync(FrameCodec.Encode(new WatermarkFrame("s1", ++agent.Sequence, ScriptedAgent.TimeNs, 0)));

        var stopped = await (await stopping).Content.ReadFromJsonAsync<SessionChanged>();
        Assert.Equal("s1", stopped!.Name);
        Assert.Empty(stopped.Late);
        Assert.Equal(SessionState.Closed, _manager.Store.Open("s1").Info.State);
        Assert.Equal([last], Stored("s1"));
    }

    [Fact]
    public async Task Watermark_Always_IsAcknowledged()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);

        await _manager.StopSessionAsync(agent);

        await agent.AcknowledgedAsync(agent.Sequence);
        Assert.Null(Assert.Single(await HostsAsync()).Recording);
    }

    [Fact]
    public async Task Block_Acknowledged_IsInTheStore()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);

        for (int i = 0; i < 20; i++)
        {
            long sequence = await agent.SendBlockAsync("s1");
            await agent.AcknowledgedAsync(sequence);
            Assert.Equal(sequence, Stored("s1")[^1]);
        }
    }

    [Fact]
    public async Task Block_SentAgainAfterAReconnect_IsStoredOnce()
    {
        Guid run = Guid.NewGuid();
        using (ScriptedAgent before = await _manager.AgentAsync(agent: run))
        {
            await _manager.StartSessionAsync("s1", before);
            await before.SendBlockAsync("s1");
            await before.AcknowledgedAsync(2);
        }

        using ScriptedAgent after = await _manager.AgentAsync(agent: run);
        Assert.Equal((2L, "s1"), (after.LastStored, after.Session));
        after.Sequence = 1;
        await after.SendBlockAsync("s1");
        await after.SendBlockAsync("s1");
        await after.AcknowledgedAsync(3);

        Assert.Equal([2L, 3L], Stored("s1"));
    }

    [Fact]
    public async Task Block_SentAgainAndNothingNew_IsAcknowledged()
    {
        Guid run = Guid.NewGuid();
        using (ScriptedAgent before = await _manager.AgentAsync(agent: run))
        {
            await _manager.StartSessionAsync("s1", before);
            await before.SendBlockAsync("s1");
            await before.AcknowledgedAsync(2);
        }

        using ScriptedAgent after = await _manager.AgentAsync(agent: run);
        after.Sequence = 1;
        await after.SendBlockAsync("s1");

        await after.AcknowledgedAsync(2);
    }

    [Fact]
    public async Task Block_OfARestartedAgent_IsNotTakenForOneOfTheFormerRun()
    {
        using (ScriptedAgent before = await _manager.AgentAsync())
        {
            await _manager.StartSessionAsync("s1", before);
            await before.SendBlockAsync("s1");
            await before.AcknowledgedAsync(2);
        }

        using ScriptedAgent after = await _manager.AgentAsync();
        Assert.Equal(0, after.LastStored);
        after.Sequence = 1;
        await after.SendBlockAsync("s1");
        await after.AcknowledgedAsync(2);

        Assert.Equal([2L, 2L], Stored("s1"));
    }

    [Fact]
    public async Task Block_OfAClosedSession_IsAcknowledgedAndToldOf()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        await _manager.StartSessionAsync("s1", agent);
        await _manager.StopSessionAsync(agent);

        long late = await agent.SendBlockAsync("s1");
        await agent.AcknowledgedAsync(late);

        Assert.Empty(Stored("s1"));
        Assert.Equal(["a block of h1 for session s1 came after its end and is discarded"], _manager.Log.OfEvent(LateBlock));
        Assert.Equal(1, Assert.Single(await HostsAsync()).Blocks);
    }

    [Theory]
    [InlineData("never-was")]
    [InlineData("../../etc")]
    public async Task Block_OfASessionThatIsNotThere_IsAcknowledgedAndToldOf(string session)
    {
        using ScriptedAgent agent = await _manager.AgentAsync();

        await agent.AcknowledgedAsync(await agent.SendBlockAsync(session));

        Assert.Single(_manager.Log.OfEvent(LateBlock));
    }

    [Fact]
    public async Task Connection_OverSeveralSessions_IsTheSame()
    {
        using ScriptedAgent agent = await _manager.AgentAsync();
        foreach (string session in (string[])["s1", "s2"])
        {
            await _manager.StartSessionAsync(session, agent);
            await agent.AcknowledgedAsync(await agent.SendBlockAsync(session));
            await _manager.StopSessionAsync(agent);
        }

        Assert.Single(Stored("s1"));
        Assert.Single(Stored("s2"));
        Assert.Single(_manager.Log.OfEvent(101));
    }

    private long[] Stored(string session) => [.. _manager.Store.Open(session).ReadBlocks(BlockKind.Events).Select(b => b.Header.FirstSequence)];

    private async Task<HostInfo[]> HostsAsync() => (await _manager.Http.GetFromJsonAsync<HostInfo[]>("hosts"))!;
}
