using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using STrace.AgentProtocol;
using STrace.Capture;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>A datastore on real interfaces, with a manager that the test plays.</summary>
[Trait("Category", "Functional")]
public sealed class DatastoreFunctionalTests : IDisposable
{
    private const int Frames = 500;

    private readonly Links _links = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _links.Dispose();
        _folder.Dispose();
    }

    [RootFact]
    public async Task Datastore_AtTwoPorts_KeepsWhatArrivesAndSendsWhatItIsTold()
    {
        (string Near, string Far)[] pairs = [_links.Pair("a"), _links.Pair("b")];
        var options = new DatastoreOptions
        {
            Host = "ds",
            Manager = $"unix:{_folder["manager.sock"]}",
            Ports = [new(1, 5, pairs[0].Near), new(2, 6, pairs[1].Near)],
        };
        using var door = new ScriptedManager(_folder["manager.sock"]);
        using IHost datastore = DatastoreHost.Build(options, _ => { });
        await datastore.StartAsync();
        using FramePeer manager = await door.WelcomeAsync();
        await manager.ExpectAsync<PortsFrame>();
        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame("s1")));
        await manager.ExpectAsync<ArmedFrame>();
        using var arriving = new Listener(pairs[0].Far, pairs[1].Far);

        // The manager's frames leave, in order, while the switch's arrive.
        for (int n = 1; n <= Frames; n++)
            await manager.SendAsync(FrameCodec.Encode(new InjectFrame(n, options.Ports[n % 2].Dpid, options.Ports[n % 2].Port, FrameOf(n, 0xdd))));
        using (PcapSink first = PcapSink.Open(pairs[0].Far), second = PcapSink.Open(pairs[1].Far))
        {
            for (int n = 1; n <= Frames; n++)
                (n % 2 == 0 ? first : second).Send(FrameOf(n, 0xaa));
        }
        await manager.SendAsync(FrameCodec.Encode(new ConfigureFrame(null)));

        var mirrored = new List<(long TimeNs, ulong Dpid, ushort Port, byte[] Frame)>();
        long injected = 0;
        object? frame;
        while ((frame = await manager.ReadAsync()) is not WatermarkFrame)
        {
            if (frame is InjectedFrame report)
                (injected, _) = (report.Number, report.Error.Length == 0 ? 0 : throw new InvalidOperationException(report.Error));
            else
                mirrored.AddRange(Captures.MirroredOf(Assert.IsType<BlockFrame>(frame)));
        }
        while (injected < Frames)
            injected = (await manager.ExpectAsync<InjectedFrame>()).Number;
        await Eventually.TrueAsync(() => arriving.Seen.Count == Frames, "all frames have left");
        await manager.SendAsync(FrameCodec.Encode(new AckFrame(((WatermarkFrame)frame!).Sequence)));
        await datastore.StopAsync();

        for (int i = 0; i < 2; i++)
        {
            int[] numbers = [.. Enumerable.Range(1, Frames).Where(n => n % 2 == i)];
            Assert.Equal(numbers.Select(n => FrameOf(n, 0xaa)), mirrored.Where(m => m.Port == options.Ports[i].Port).Select(m => m.Frame));
            Assert.All(mirrored.Where(m => m.Port == options.Ports[i].Port), m => Assert.Equal(options.Ports[i].Dpid, m.Dpid));
            Assert.Equal(numbers.Select(n => FrameOf(n, 0xdd)), arriving.Seen.Where(s => s.Interface == pairs[i].Far).Select(s => s.Frame));
        }
        Assert.All(mirrored, m => Assert.InRange(m.TimeNs, TickClock.NowNs - 60_000_000_000, TickClock.NowNs));
    }

    [RootFact]
    public async Task Start_NoSuchInterface_IsRefusedWithItsName()
    {
        using IHost datastore = DatastoreHost.Build(Somewhere("st-nosuch"), _ => { });

        var refusal = await Assert.ThrowsAsync<AgentException>(() => datastore.StartAsync());

        Assert.Contains("st-nosuch", refusal.Message);
        Assert.False(refusal.Permission);
    }

    [RootFact]
    public async Task Open_WithoutRights_IsRefusedAsAMatterOfPermission()
    {
        DatastoreOptions options = Somewhere(_links.Pair("a").Near);

        await OwnThread.WithoutRights(() =>
        {
            using var injector = new FrameInjector(options, PcapSink.Open, NullLogger<FrameInjector>.Instance);
            Assert.True(Assert.Throws<AgentException>(injector.Open).Permission);
        });
    }

    [RootFact]
    public async Task Start_NoManagerThere_IsReadyWhenItHasTried()
    {
        using IHost datastore = DatastoreHost.Build(Somewhere(_links.Pair("a").Near), _ => { });

        await datastore.StartAsync();

        using var door = new ScriptedManager(_folder["manager.sock"]);
        using FramePeer manager = await door.WelcomeAsync();
        Assert.Single((await manager.ExpectAsync<PortsFrame>()).Ports);
        await datastore.StopAsync();
    }

    private DatastoreOptions Somewhere(string interfaceName) => new()
    {
        Host = "ds",
        Manager = $"unix:{_folder["manager.sock"]}",
        Ports = [new(1, 5, interfaceName)],
    };

    /// <summary>A frame that no machine answers, to somebody else, of a length of its own.</summary>
    private static byte[] FrameOf(int number, byte filling)
    {
        byte[] frame = new byte[60 + number * 2];
        Array.Fill(frame, filling);
        byte[] header = [2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 8, 0x88, 0xb5]; // IEEE 802 local experimental EtherType
        header.CopyTo(frame, 0);
        BitConverter.TryWriteBytes(frame.AsSpan(14), number);
        return frame;
    }

    /// <summary>Sees what arrives at interfaces.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly List<(PcapSource Source, Thread Thread)> _listening = [];

        public Listener(params string[] interfaces)
        {
            foreach (string name in interfaces)
            {
                PcapSource source = PcapSource.Open(new CaptureOptions { Interface = name, Promiscuous = true, Direction = PacketDirection.In });
                var thread = new Thread(() =>
                {
                    while (source.Dispatch((in CapturedPacketHeader _, ReadOnlySpan<byte> frame) => Seen.Enqueue((name, frame.ToArray()))))
                    {
                    }
                });
                thread.Start();
                _listening.Add((source, thread));
            }
        }

        public ConcurrentQueue<(string Interface, byte[] Frame)> Seen { get; } = [];

        public void Dispose()
        {
            foreach (var (source, thread) in _listening)
            {
                source.Stop();
                thread.Join();
                source.Dispose();
            }
        }
    }
}
