using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using STrace.AgentProtocol;
using STrace.Capture;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>The sniffer on real interfaces, in a network namespace as a monitored host is.</summary>
[Trait("Category", "Functional")]
public sealed class SnifferFunctionalTests : IDisposable
{
    private const byte Syn = 0x02;
    private const byte SynAck = 0x12;
    private const int ManagerPort = 7653;
    private const int ServerPort = 8080;
    private static readonly IPAddress Server = IPAddress.Parse("10.99.0.2");

    private readonly Links _links = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Spool _spool = new(maxBytes: 64 * 1024 * 1024);

    public void Dispose()
    {
        _links.Dispose();
        _stop.Dispose();
    }

    [RootFact]
    public async Task Session_TcpConnections_HasTheHeadersOfBothDirectionsUpToTheWatermark()
    {
        var (here, there) = Hosts();
        var options = new AgentOptions
        {
            Host = _links.Prefix,
            Manager = $"{Server}:{ManagerPort}",
            Socket = "x",
            Interface = CaptureOptions.AnyInterface,
            Rings = 2,
            RecordsPerRing = 64,
        };
        var counters = new AgentCounters();
        using var arenas = new ArenaPool(options, new TickClock(), counters, NullLogger<ArenaPool>.Instance);
        var sniffer = new PacketSniffer(options, _spool, PcapSource.Open, NullLogger<PacketSniffer>.Instance);
        var drain = new DrainLoop(options, arenas, new TickClock(), _spool, counters, NullLogger<DrainLoop>.Instance, sniffer);
        Task draining = OwnThread.InNamespace(here, () =>
        {
            sniffer.Check();
            drain.Run(_stop.Token);
        });

        long beforeNs = TickClock.NowNs;
        drain.Request("s1");
        await Eventually.TrueAsync(() => _spool.Sequence > 0, "the session is armed");
        await TalkAsync(here, there, Server, ManagerPort, bytes: 3);
        await TalkAsync(here, here, IPAddress.Loopback, ServerPort, bytes: 5);
        await TalkAsync(here, there, Server, ServerPort, bytes: 1000);
        await SendLastAsync(here);
        drain.Request(null);
        await Eventually.TrueAsync(() => WatermarkIsThere(), "the watermark is there");
        long afterNs = TickClock.NowNs;
        await _stop.CancelAsync();
        await draining;

        List<object> frames = await Captures.FramesAsync(_spool);
        Assert.Equal("s1", Assert.IsType<ArmedFrame>(frames[0]).Session);
        Assert.IsType<WatermarkFrame>(frames[^1]);
        var packets = Captures.PacketsOf(frames);
        Assert.All(packets, p => Assert.InRange(p.TimeNs, beforeNs, afterNs));
        Assert.DoesNotContain(packets, p => p.SourcePort == ManagerPort || p.DestinationPort == ManagerPort);

        var call = packets.Where(p => p.Protocol == 6 && p.InterfaceIndex != 1).ToList();
        Assert.Equal((Syn, true, (ushort)ServerPort), (call[0].TcpFlags, call[0].Outgoing, call[0].DestinationPort));
        Assert.Equal((SynAck, false, (ushort)ServerPort), (call[1].TcpFlags, call[1].Outgoing, call[1].SourcePort));
        Assert.Equal(1000, call.Where(p => p.Outgoing).Sum(p => p.TcpPayload));
        Assert.Equal(1000, call.Where(p => !p.Outgoing).Sum(p => p.TcpPayload));
        Assert.All(call, p => Assert.InRange(p.Headers.Length, 40, 120));
        Assert.Equal(call.OrderBy(p => p.TimeNs), call);

        // On the loopback each packet is there once, though it is sent and received.
        var inner = packets.Where(p => p.Protocol == 6 && p.InterfaceIndex == 1).ToList();
        Assert.All(inner, p => Assert.True(p.Outgoing));
        Assert.Single(inner, p => p.TcpFlags == Syn);
        Assert.Single(inner, p => p.TcpFlags == SynAck);
        Assert.Equal(10, inner.Sum(p => p.TcpPayload));

        Assert.Equal(Enumerable.Range(1, 1000), packets.Where(p => p.Protocol == 17).Select(p => p.TotalLength - 28));
    }

    [RootFact]
    public async Task Session_OnOneInterface_KnowsWhatWasSent()
    {
        var (here, there) = Hosts();
        var options = new AgentOptions { Host = "h", Manager = "unix:/x", Socket = "x", Interface = $"{_links.Prefix}a" };
        var sniffer = new PacketSniffer(options, _spool, PcapSource.Open, NullLogger<PacketSniffer>.Instance);
        await OwnThread.InNamespace(here, () =>
        {
            sniffer.Check();
            sniffer.Begin("s1");
        });

        await TalkAsync(here, there, Server, ServerPort, bytes: 7);
        sniffer.End();

        var packets = Captures.PacketsOf(await Captures.FramesAsync(_spool)).Where(p => p.Protocol == 6).ToList();
        Assert.All(packets, p => Assert.Equal(p.DestinationPort == ServerPort, p.Outgoing));
        Assert.Equal((7, 7), (packets.Where(p => p.Outgoing).Sum(p => p.TcpPayload), packets.Where(p => !p.Outgoing).Sum(p => p.TcpPayload)));
    }

    [RootFact]
    public async Task Check_WithoutRights_RefusesWithThePermissionStatusOrGoesOn()
    {
        var options = new AgentOptions { Host = "h", Manager = "unix:/x", Socket = "x", Interface = CaptureOptions.AnyInterface };
        var log = new CollectingLogger<PacketSniffer>();

        await OwnThread.WithoutRights(() =>
        {
            var asked = new PacketSniffer(options, _spool, PcapSource.Open, log);
            var refusal = Assert.Throws<AgentException>(asked.Check);
            Assert.True(refusal.Permission);
            Assert.Contains("CAP_NET_RAW", refusal.Message);

            new PacketSniffer(options with { InterfaceIsOptional = true }, _spool, PcapSource.Open, log).Check();
            Assert.Contains("CAP_NET_RAW", Assert.Single(log.OfEvent(11)));
        });
    }

    private bool WatermarkIsThere()
    {
        long newest = _spool.Sequence;
        return FrameCodec.Decode(_spool.NextAsync(newest - 1, CancellationToken.None).Result.Frame[FrameCodec.LengthBytes..]) is WatermarkFrame;
    }

    /// <summary>Two namespaces, 10.99.0.1 and 10.99.0.2, linked.</summary>
    private (string Here, string There) Hosts()
    {
        var (here, there) = (_links.Namespace("h"), _links.Namespace("t"));
        Links.Ip($"link add {_links.Prefix}a netns {here} type veth peer name {_links.Prefix}b netns {there}");
        Links.Ip($"-n {here} address add 10.99.0.1/24 dev {_links.Prefix}a");
        Links.Ip($"-n {there} address add {Server}/24 dev {_links.Prefix}b");
        Links.Ip($"-n {here} link set {_links.Prefix}a up");
        Links.Ip($"-n {there} link set {_links.Prefix}b up");
        return (here, there);
    }

    /// <summary>The client sends that many bytes, the server sends as many back, both close.</summary>
    private static async Task TalkAsync(string client, string server, IPAddress address, int port, int bytes)
    {
        Socket listener = null!;
        await OwnThread.InNamespace(server, () =>
        {
            listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Bind(new IPEndPoint(address, port));
            listener.Listen();
        });
        using (listener)
        {
            await OwnThread.InNamespace(client, () =>
            {
                using var near = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                near.Connect(address, port);
                using Socket far = listener.Accept();
                near.Send(new byte[bytes]);
                ReadAll(far, bytes);
                far.Send(new byte[bytes]);
                ReadAll(near, bytes);
            });
        }
    }

    /// <summary>A burst of datagrams of 1, 2, .. 1000 bytes, the last things that happen in the session.</summary>
    private static Task SendLastAsync(string host) => OwnThread.InNamespace(host, () =>
    {
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        for (int length = 1; length <= 1000; length++)
            sender.SendTo(new byte[length], new IPEndPoint(Server, 9));
    });

    private static void ReadAll(Socket socket, int bytes)
    {
        byte[] buffer = new byte[bytes];
        while (bytes > 0)
            bytes -= socket.Receive(buffer, bytes, SocketFlags.None) is > 0 and var n ? n : throw new IOException("the connection ended");
    }
}
