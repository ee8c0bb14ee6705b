using Microsoft.Extensions.Logging.Abstractions;
using STrace.AgentProtocol;
using STrace.Capture;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>A datastore behind its link, with interfaces that the test plays.</summary>
public sealed class DatastoreTests : IAsyncLifetime, IDisposable
{
    private static readonly DatastorePort[] Ports = [new(1, 5, "ds0"), new(0xabc, 6, "ds1")];

    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Spool _spool = new(maxBytes: 1024 * 1024);
    private readonly Dictionary<string, ScriptedSource> _sources = [];
    private readonly List<(string Interface, byte[] Frame)> _sent = [];
    private readonly ScriptedManager _manager;
    private readonly FrameInjector _injector;
    private readonly FrameRecorder _recorder;
    private readonly ManagerLink _link;
    private Task _linking = Task.CompletedTask;
    private Task _recording = Task.CompletedTask;

    public DatastoreTests()
    {
        var options = new DatastoreOptions { Host = "ds", Manager = $"unix:{_folder["manager.sock"]}", Ports = Ports };
        _injector = new FrameInjector(options, name => new Sink(name, _sent), NullLogger<FrameInjector>.Instance);
        _recorder = new FrameRecorder(
            options, _spool, o => _sources[o.Interface] = new ScriptedSource(LinkType.Ethernet), NullLogger<FrameRecorder>.Instance);
        _link = new ManagerLink(options, _spool, new DatastoreHandler(options, _recorder, _injector), NullLogger<ManagerLink>.Instance);
        _manager = new ScriptedManager(_folder["manager.sock"]);
    }

    public Task InitializeAsync()
    {
        _injector.Open();
        _linking = _link.RunAsync(_stop.Token);
        _recording = Task.Factory.StartNew(() => _recorder.Run(_stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _linking);
        await _recording;
    }

    public void Dispose()
    {
        _manager.Dispose();
        _injector.Dispose();
        _recorder.Dispose();
        _folder.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Connect_BehindTheHello_SaysWhereItIs()
    {
        using FramePeer manager = await _manager.AcceptAsync();

        Assert.Equal("ds", (await manager.ExpectAsync<HelloFrame>()).Host);
        Assert.Equal(Ports, (await manager.ExpectAsync<PortsFrame>()).Ports);
        await _link.Tried.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Configure_ASessionAndThenNone_KeepsWhatArrivesBetween()
    {
        using FramePeer manager = await WelcomeAsync();
        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
        Assert.Equal("s1", (await manager.ExpectAsync<ArmedFrame>()).Session);
        byte[] first = [1, 2, 3];
        byte[] second = new byte[ushort.MaxValue];
        _sources["ds0"].See(first, timeNs: 10);
        var kept = await MirroredAsync(manager);
        Assert.Equal((10L, 1UL, (ushort)5), (kept.TimeNs, kept.Dpid, kept.Port));
        Assert.Equal(first, kept.Frame);

        _sources["ds1"].See(second, timeNs: 11);
        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame(null)));

        var last = await MirroredAsync(manager);
        Assert.Equal((11L, 0xabcUL, (ushort)6, second.Length), (last.TimeNs, last.Dpid, last.Port, last.Frame.Length));
        var watermark = await manager.ExpectAsync<WatermarkFrame>();
        Assert.Equal(("s1", _spool.Sequence), (watermark.Session, watermark.Sequence));
        Assert.All(_sources.Values, s => Assert.True(s.IsDisposed));
    }

    [Fact]
    public async Task Inject_ManyFrames_AreSentInOrderAndReportedUpToTheLast()
    {
        using FramePeer manager = await WelcomeAsync();

        byte[][] injects = [.. Enumerable.Range(1, 500).Select(n => FrameCodec.Encode(
            new InjectFrame(n, Ports[n % 2].Dpid, Ports[n % 2].Port, BitConverter.GetBytes(n))))];
        foreach (byte[] inject in injects)
            await manager.SendAsync(inject);
        long before = 0;
        InjectedFrame report;
        do
        {
            report = await manager.ExpectAsync<InjectedFrame>();
            Assert.InRange(report.Number, before + 1, 500);
            Assert.Equal("", report.Error);
            Assert.InRange(report.TimeNs, TickClock.NowNs - 60_000_000_000, TickClock.NowNs);
            before = report.Number;
        }
        while (report.Number < 500);

        Assert.Equal(Enumerable.Range(1, 500).Select(n => (Ports[n % 2].Interface, n)), _sent.Select(s => (s.Interface, BitConverter.ToInt32(s.Frame))));
    }

    [Fact]
    public async Task Inject_AtAPortThatIsNotItsOwn_SaysSoForThatNumberAndGoesOn()
    {
        using FramePeer manager = await WelcomeAsync();

        await manager.SendAsync(FrameCodec.Encode(new InjectFrame(1, 2, 5, new byte[] { 1 })));
        await manager.SendAsync(FrameCodec.Encode(new InjectFrame(2, 1, 5, new byte[] { 2 })));

        var refused = await manager.ExpectAsync<InjectedFrame>();
        Assert.Equal((1L, "datastore ds is not at port 5 of switch 0000000000000002"), (refused.Number, refused.Error));
        var next = await manager.ExpectAsync<InjectedFrame>();
        Assert.Equal((2L, ""), (next.Number, next.Error));
    }

    [Fact]
    public async Task Inject_InterfaceDoesNotSend_SaysWhy()
    {
        using FramePeer manager = await WelcomeAsync();

        await manager.SendAsync(FrameCodec.Encode(new InjectFrame(1, 1, 5, ReadOnlyMemory<byte>.Empty)));

        var refused = await manager.ExpectAsync<InjectedFrame>();
        Assert.Equal((1L, Captures.NoSuchInterface().Message), (refused.Number, refused.Error));
    }

    [Fact]
    public async Task Frame_ThatOnlyDatastoresSend_CostsOnlyTheConnection()
    {
        using FramePeer bad = await WelcomeAsync();

        await bad.SendAsync(FrameCodec.Encode(new InjectedFrame(1, 1, "")));
        await bad.ExpectCloseAsync();

        using FramePeer good = await WelcomeAsync();
        Assert.Empty(_sent);
    }

    private async Task<FramePeer> WelcomeAsync()
    {
        FramePeer peer = await _manager.WelcomeAsync();
        await peer.ExpectAsync<PortsFrame>();
        return peer;
    }

    private static async Task<(long TimeNs, ulong Dpid, ushort Port, byte[] Frame)> MirroredAsync(FramePeer manager) =>
        Assert.Single(Captures.MirroredOf(await manager.ExpectAsync<BlockFrame>()));

    /// <summary>Sends everything but empty frames.</summary>
    private sealed class Sink(string name, List<(string, byte[])> sent) : IPacketSink
    {
        public void Send(ReadOnlySpan<byte> frame)
        {
            if (frame.IsEmpty)
                throw Captures.NoSuchInterface();
            sent.Add((name, frame.ToArray()));
        }

        public void Dispose()
        {
        }
    }
}
