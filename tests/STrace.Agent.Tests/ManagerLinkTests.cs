using Microsoft.Extensions.Logging.Abstractions;
using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

public sealed class ManagerLinkTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Spool _spool = new(maxBytes: 1024 * 1024);
    private readonly ArenaPool _arenas;
    private readonly DrainLoop _drain;
    private readonly ManagerLink _link;
    private readonly Producer _application;
    private ScriptedManager _manager;
    private Task _linking = Task.CompletedTask;
    private Task _draining = Task.CompletedTask;

    public ManagerLinkTests()
    {
        var options = new AgentOptions
        {
            Host = $"test-{Guid.NewGuid():N}",
            Manager = $"unix:{_folder["manager.sock"]}",
            Socket = "x",
            Rings = 2,
            RecordsPerRing = 64,
        };
        Host = options.Host;
        var clock = new TickClock();
        var counters = new AgentCounters();
        _arenas = new ArenaPool(options, clock, counters, NullLogger<ArenaPool>.Instance);
        _application = new Producer(_arenas.OfUser(User.Id, User.GroupId).Path);
        _application.Claim(0);
        _drain = new DrainLoop(options, _arenas, clock, _spool, counters, NullLogger<DrainLoop>.Instance);
        _link = new ManagerLink(options, _spool, _drain, NullLogger<ManagerLink>.Instance);
        _manager = new ScriptedManager(_folder["manager.sock"]);
    }

    private string Host { get; }

    public Task InitializeAsync()
    {
        _linking = _link.RunAsync(_stop.Token);
        _draining = Task.Factory.StartNew(() => _drain.Run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _linking);
        await _draining;
    }

    public void Dispose()
    {
        _manager.Dispose();
        _application.Dispose();
        _arenas.Dispose();
        _folder.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Connect_FirstFrame_SaysWhoTheAgentIs()
    {
        using FramePeer manager = await _manager.AcceptAsync();

        var hello = await manager.ExpectAsync<HelloFrame>();

        Assert.Equal((FrameCodec.Version, Host), (hello.Version, hello.Host));
        Assert.NotEqual(Guid.Empty, hello.Agent);
        Assert.DoesNotContain("127.0.0.1", hello.Addresses.Select(a => a.ToString()));
        Assert.InRange(hello.ClockNs, TickClock.NowNs - 60_000_000_000, TickClock.NowNs);
    }

    [Fact]
    public async Task Connect_ManagerWasNotThere_ComesWhenItIs()
    {
        using (FramePeer first = await _manager.AcceptAsync())
            _manager.Dispose();
        _manager = new ScriptedManager(_folder["manager.sock"]);

        using FramePeer manager = await _manager.AcceptAsync();

        Assert.Equal(Host, (await manager.ExpectAsync<HelloFrame>()).Host);
    }

    [Fact]
    public async Task Welcome_BeforeIt_NoBlockIsSent()
    {
        AddBlocks(1);
        using FramePeer manager = await _manager.AcceptAsync();
        await manager.ExpectAsync<HelloFrame>();

        await manager.SendAsync(FrameCodec.Encode(new PingFrame(1)));

        await manager.ExpectAsync<PongFrame>();
    }

    [Fact]
    public async Task Welcome_WithTheLastStored_SkipsWhatIsStored()
    {
        AddBlocks(3);

        using FramePeer manager = await _manager.WelcomeAsync(lastStored: 2);

        Assert.Equal(3, (await manager.ExpectAsync<ArmedFrame>()).Sequence);
    }

    [Fact]
    public async Task Ack_UpToTheLast_FreesTheSpool()
    {
        AddBlocks(3);
        using FramePeer manager = await _manager.WelcomeAsync();
        await ExpectBlocksAsync(manager, 1, 2, 3);
        Assert.False(_spool.IsEmpty);

        await manager.SendAsync(FrameCodec.Encode(new AckFrame(3)));

        await Eventually.TrueAsync(() => _spool.IsEmpty, "the spool is empty");
    }

    [Fact]
    public async Task Configure_ASession_ArmsAndSaysSo()
    {
        using FramePeer manager = await _manager.WelcomeAsync();

        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));

        Assert.Equal("s1", (await manager.ExpectAsync<ArmedFrame>()).Session);
        Assert.True(_application.IsArmed);
    }

    [Fact]
    public async Task Configure_ObjectsWereToldOfBefore_SendsThemBeforeArmed()
    {
        using FramePeer manager = await _manager.WelcomeAsync();
        _application.Publish(0, Records.Object(5));

        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));

        var snapshot = await manager.ExpectAsync<BlockFrame>();
        Assert.Equal((FrameType.ObjectSnapshot, "s1", 1L), (snapshot.Kind, snapshot.Session, snapshot.Sequence));
        Assert.Equal(2, (await manager.ExpectAsync<ArmedFrame>()).Sequence);
    }

    [Fact]
    public async Task Configure_NoSessionAnyMore_DisarmsAndEndsWithTheWatermark()
    {
        using FramePeer manager = await _manager.WelcomeAsync();
        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
        await manager.ExpectAsync<ArmedFrame>();
        _application.Publish(0, [.. Records.Call(1), .. Records.Call(2)]);

        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame(null)));

        var calls = new List<uint>();
        object? frame;
        while ((frame = await manager.ReadOtherAsync()) is BlockFrame block)
            calls.AddRange(SequencesOf(block));
        var watermark = Assert.IsType<WatermarkFrame>(frame);
        Assert.Equal([1u, 2u], calls);
        Assert.Equal(("s1", 0L, _spool.Sequence), (watermark.Session, watermark.Dropped, watermark.Sequence));
        Assert.False(_application.IsArmed);
    }

    [Fact]
    public async Task Configure_AnotherSession_EndsTheFirstBeforeItBegins()
    {
        using FramePeer manager = await _manager.WelcomeAsync();
        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
        await manager.ExpectAsync<ArmedFrame>();

        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s2")));

        Assert.Equal("s1", (await manager.ExpectOtherAsync<WatermarkFrame>()).Session);
        Assert.Equal("s2", (await manager.ExpectOtherAsync<ArmedFrame>()).Session);
    }

    [Fact]
    public async Task Connection_CutInTheMiddle_SendsAgainWhatIsNotAcknowledged()
    {
        AddBlocks(3);
        Guid agent;
        using (FramePeer first = await _manager.AcceptAsync())
        {
            agent = (await first.ExpectAsync<HelloFrame>()).Agent;
            await first.SendAsync(FrameCodec.Encode(new WelcomeFrame(FrameCodec.Version, 0)));
            await ExpectBlocksAsync(first, 1, 2);
        }
        AddBlocks(1);

        using FramePeer second = await _manager.AcceptAsync();
        Assert.Equal(agent, (await second.ExpectAsync<HelloFrame>()).Agent);
        await second.SendAsync(FrameCodec.Encode(new WelcomeFrame(FrameCodec.Version, 1)));

        await ExpectBlocksAsync(second, 2, 3, 4);
    }

    [Fact]
    public async Task Connection_CutWhileASessionRecords_KeepsRecording()
    {
        using (FramePeer first = await _manager.WelcomeAsync())
        {
            await first.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
            await first.ExpectAsync<ArmedFrame>();
        }
        _application.Publish(0, Records.Call(1));

        using FramePeer second = await _manager.WelcomeAsync(lastStored: 1);
        await second.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));

        uint[] calls = SequencesOf(await second.ExpectOtherAsync<BlockFrame>());
        Assert.Equal([1u], calls);
        Assert.True(_application.IsArmed);
    }

    [Theory]
    [InlineData("ff ff ff ff 04")] // a length beyond all bounds
    [InlineData("00 00 00 00")] // a length of nothing
    [InlineData("01 00 00 00 c8")] // a type that nobody knows
    [InlineData("02 00 00 00 04 00")] // an ACK that ends too early
    [InlineData("01 00 00 00 06")] // a PONG, and not all of it
    public async Task Garbage_FromTheManager_CostsOnlyTheConnection(string hex)
    {
        AddBlocks(1);
        using FramePeer bad = await _manager.WelcomeAsync();

        await bad.SendAsync(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));
        await bad.ExpectCloseAsync();

        using FramePeer good = await _manager.WelcomeAsync();
        await ExpectBlocksAsync(good, 1);
    }

    [Fact]
    public async Task Frame_ThatOnlyAgentsSend_CostsOnlyTheConnection()
    {
        using FramePeer bad = await _manager.WelcomeAsync();

        await bad.SendAsync(FrameCodec.Encode(new ArmedFrame("s1", 1)));
        await bad.ExpectCloseAsync();

        using FramePeer good = await _manager.AcceptAsync();
        await good.ExpectAsync<HelloFrame>();
    }

    [Fact]
    public async Task Ping_Always_IsAnsweredWithBothClocks()
    {
        using FramePeer manager = await _manager.WelcomeAsync();

        await manager.SendAsync(FrameCodec.Encode(new PingFrame(42)));

        var pong = await manager.ExpectAsync<PongFrame>();
        Assert.Equal(42, pong.ManagerNs);
        Assert.InRange(pong.AgentNs, TickClock.NowNs - 60_000_000_000, TickClock.NowNs);
    }

    private void AddBlocks(int count)
    {
        for (int i = 0; i < count; i++)
            Assert.True(_spool.Add(sequence => FrameCodec.Encode(new ArmedFrame("earlier", sequence))));
    }

    private static async Task ExpectBlocksAsync(FramePeer manager, params long[] sequences)
    {
        foreach (long sequence in sequences)
            Assert.Equal(sequence, (await manager.ExpectAsync<ArmedFrame>()).Sequence);
    }

    private static uint[] SequencesOf(BlockFrame block)
    {
        var sequences = new List<uint>();
        ReadOnlySpan<byte> payload = block.Payload.Span;
        while (RecordRun.TryRead(ref payload, out _, out ReadOnlySpan<byte> records))
            sequences.AddRange(Records.SequencesOf(records.ToArray()));
        return [.. sequences];
    }
}
