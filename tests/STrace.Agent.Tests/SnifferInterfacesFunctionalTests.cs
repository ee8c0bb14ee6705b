using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using STrace.AgentProtocol;
using STrace.Capture;
using STrace.Model;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>What the sniffer makes of the interfaces that real hosts have: VLANs, bridges, late ones, IPv6.</summary>
[Trait("Category", "Functional")]
public sealed class SnifferInterfacesFunctionalTests : IDisposable
{
    private const int Port = 8080;
    private const string HereAddress = "10.99.1.1";
    private const string ThereAddress = "10.99.1.2";

    private static readonly byte[] Addresses = [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1];

    private readonly Links _links = new();
    private readonly Spool _spool = new(maxBytes: 64 * 1024 * 1024);
    private readonly string _here;
    private readonly string _there;
    private readonly string _near;
    private readonly string _far;

    public SnifferInterfacesFunctionalTests()
    {
        (_here, _there) = (_links.Namespace("h"), _links.Namespace("t"));
        (_near, _far) = ($"{_links.Prefix}a", $"{_links.Prefix}b");
    }

    public void Dispose() => _links.Dispose();

    [RootFact]
    public async Task Interface_ThatAppearsWhileASessionRecords_IsCaptured()
    {
        PacketSniffer sniffer = await BeginAsync(CaptureOptions.AnyInterface);

        Link();
        Address(_near, _far);
        await SendAsync(HereAddress, ThereAddress, bytes: 100);
        Links.Ip($"-n {_here} link del {_near}");
        Link();
        Address(_near, _far);
        await SendAsync(HereAddress, ThereAddress, bytes: 200);
        sniffer.End();

        Assert.Equal([100, 200], await UdpLengthsAsync());
    }

    [RootTheory]
    [InlineData(CaptureOptions.AnyInterface, true)]
    [InlineData(CaptureOptions.AnyInterface, false)]
    [InlineData("its own name", true)]
    [InlineData("its own name", false)]
    public async Task Vlan_AloneAndInsideAVlan_IsRecordedBehindItsTags(string captured, bool sent)
    {
        Link();
        PacketSniffer sniffer = await BeginAsync(captured == CaptureOptions.AnyInterface ? captured : _near);

        // The kernel takes the outer tag off what arrives and tells it beside the packet; in what leaves, both stand in the packet.
        byte[] plain = Captures.Tcp(1, 2)[20..];
        await OwnThread.InNamespace(sent ? _here : _there, () =>
        {
            using PcapSink sink = PcapSink.Open(sent ? _near : _far);
            sink.Send([.. Addresses, 0x81, 0, 0, 42, 8, 0, .. plain]);
            sink.Send([.. Addresses, 0x88, 0xa8, 0, 7, 0x81, 0, 0, 42, 8, 0, .. plain]);
        });
        sniffer.End();

        var packets = Captures.PacketsOf(await Captures.FramesAsync(_spool));
        Assert.Equal([plain, plain], packets.Select(p => p.Headers));
        Assert.Equal(0, sniffer.Counters.Ignored);
    }

    [RootFact]
    public async Task Bridge_WithItsPorts_RecordsAPacketOnce()
    {
        Link();
        Links.Ip($"-n {_here} link add bridge type bridge");
        Links.Ip($"-n {_here} link set {_near} master bridge");
        Links.Ip($"-n {_here} link set bridge up");
        Address("bridge", _far);
        PacketSniffer sniffer = await BeginAsync(CaptureOptions.AnyInterface);

        await SendAsync(HereAddress, ThereAddress, bytes: 100);
        await SendAsync(ThereAddress, HereAddress, bytes: 200, from: _there);
        sniffer.End();

        Assert.Equal([100, 200], await UdpLengthsAsync());
        Assert.True(sniffer.Counters.Duplicates >= 2);
    }

    [RootFact]
    public async Task LoopbackByName_RecordsAPacketOnceAndSettlesAtOnce()
    {
        PacketSniffer sniffer = await BeginAsync("lo");

        await SendAsync("127.0.0.1", "127.0.0.1", bytes: 100);
        sniffer.End();

        Assert.Equal([100], await UdpLengthsAsync());
        Assert.Equal(2, sniffer.Counters.Received); // and the answer, that nobody listens
    }

    [RootFact]
    public async Task IPv6_Fragments_AreAllRecorded()
    {
        Link();
        Links.Ip($"-n {_here} address add fd99::1/64 dev {_near} nodad");
        Links.Ip($"-n {_there} address add fd99::2/64 dev {_far} nodad");
        PacketSniffer sniffer = await BeginAsync(CaptureOptions.AnyInterface);

        await SendAsync("fd99::1", "fd99::2", bytes: 4000);
        sniffer.End();

        List<DissectedPacket> sent = [.. (await PacketsAsync()).Where(p => p.Protocol == FlowTuple.Udp)];
        Assert.Equal([0, 1448, 2896], sent.Select(p => p.FragmentOffset));
        Assert.Equal([true, false, false], sent.Select(p => p.HasPorts));
        Assert.All(sent, p => Assert.Equal("fd99::2", p.Flow!.Value.Destination.Address.ToString()));
    }

    [RootFact]
    public async Task Burst_MoreThanTheBufferHolds_IsRecordedOrCountedToTheLastPacket()
    {
        const int sent = 50_000;
        Link();
        Address(_near, _far);
        using var slow = new SlowSource();
        PacketSniffer sniffer = await BeginAsync(_near, slow.Open);

        await SendAsync(HereAddress, ThereAddress, bytes: 1, times: sent);
        SnifferCounters during = sniffer.Counters;
        slow.Go();
        sniffer.End();

        int recorded = (await PacketsAsync()).Count;
        SnifferCounters counters = sniffer.Counters;
        Assert.InRange(during.DroppedByKernel, 1, sent);
        Assert.True(counters.Overruns > 0);
        Assert.True(counters.Received >= sent); // and some answers, that nobody listens
        Assert.Equal(counters.Received, recorded + counters.DroppedByKernel + counters.Ignored + counters.Duplicates);
    }

    private void Link()
    {
        Links.Ip($"link add {_near} netns {_here} type veth peer name {_far} netns {_there}");
        foreach (var (host, port) in ((string, string)[])[(_here, _near), (_there, _far)])
        {
            Links.Ip($"-n {host} link set {port} addrgenmode none");
            Links.Ip($"-n {host} link set {port} up");
        }
    }

    private void Address(string near, string far)
    {
        Links.Ip($"-n {_here} address add {HereAddress}/24 dev {near}");
        Links.Ip($"-n {_there} address add {ThereAddress}/24 dev {far}");
    }

    private async Task<PacketSniffer> BeginAsync(string interfaceName, OpenSource? open = null)
    {
        var options = new AgentOptions { Host = "h", Manager = "unix:/x", Socket = "x", Interface = interfaceName };
        var sniffer = new PacketSniffer(options, _spool, open ?? PcapSource.Open, NullLogger<PacketSniffer>.Instance);
        await OwnThread.InNamespace(_here, () =>
        {
            sniffer.Check();
            sniffer.Begin("s1");
        });
        return sniffer;
    }

    private Task SendAsync(string source, string destination, int bytes, string? from = null, int times = 1) => OwnThread.InNamespace(from ?? _here, () =>
    {
        IPAddress address = IPAddress.Parse(source);
        using var sender = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        sender.Bind(new IPEndPoint(address, 0));
        byte[] data = new byte[bytes];
        var to = new IPEndPoint(IPAddress.Parse(destination), Port);
        for (int i = 0; i < times; i++)
            sender.SendTo(data, to);
    });

    /// <summary>Payloads of the datagrams to the port; fragments and answers are none.</summary>
    private async Task<List<int>> UdpLengthsAsync() =>
        [.. (await PacketsAsync()).Where(p => p.Protocol == FlowTuple.Udp && p.Flow!.Value.Destination.Port == Port).Select(p => p.PayloadLength)];

    private async Task<List<DissectedPacket>> PacketsAsync() =>
        [.. Captures.PacketsOf(await Captures.FramesAsync(_spool)).Select(p =>
        {
            Assert.True(PacketDissector.TryRead(LinkType.Raw, p.Headers, out DissectedPacket packet));
            return packet;
        })];

    /// <summary>A capture with a small buffer whose reader waits for the word.</summary>
    private sealed class SlowSource : IDisposable
    {
        private readonly ManualResetEventSlim _go = new();

        public IPacketSource Open(CaptureOptions options) => new Waiting(PcapSource.Open(options with { BufferBytes = 1 << 20 }), _go);

        public void Go() => _go.Set();

        public void Dispose() => _go.Dispose();

        private sealed class Waiting(PcapSource source, ManualResetEventSlim go) : IPacketSource
        {
            public LinkType LinkType => source.LinkType;

            public bool Dispatch(PacketHandler handler)
            {
                go.Wait();
                return source.Dispatch(handler);
            }

            public CaptureStatistics ReadStatistics() => source.ReadStatistics();

            public void Stop() => source.Stop();

            public void Dispose() => source.Dispose();
        }
    }
}
