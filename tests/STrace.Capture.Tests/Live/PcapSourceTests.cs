using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using STrace.Capture.Tests.Dissection;
using STrace.Model;

namespace STrace.Capture.Tests.Live;

[Trait("Category", "Functional")]
public sealed class PcapSourceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly CaptureOptions Promiscuous = new() { Interface = NamespacePair.Interface, Promiscuous = true };

    private readonly NamespacePair _pair = new();

    public void Dispose() => _pair.Dispose();

    [FunctionalFact]
    public void Dispatch_FramesSentOnThePeer_AreTheSameBytesWithRisingTimes()
    {
        using PcapSource source = Open(_pair.Right, Promiscuous);
        using PcapSink sink = OpenSink(_pair.Left);
        byte[][] frames = [.. Enumerable.Range(0, 100).Select(i => Frames.UdpFrame(18 + (i * 14)))];
        long before = Now();

        foreach (byte[] frame in frames)
            sink.Send(frame);
        List<Captured> packets = Captured.Read(source, frames.Length);

        Assert.Equal(LinkType.Ethernet, source.LinkType);
        Assert.Equal(frames, packets.Select(p => p.Frame));
        Assert.All(packets, p => Assert.Equal((p.Frame.Length, p.Frame.Length), (p.Header.CapturedLength, p.Header.OriginalLength)));
        Assert.All(packets, p => Assert.Equal(InterfaceIndex(_pair.Right), p.Header.InterfaceIndex));
        long[] times = [.. packets.Select(p => p.Header.TimeNs)];
        Assert.Equal(times.Order(), times);
        Assert.InRange(times[0], before, times[^1] - 1);
        Assert.InRange(times[^1], times[0], Now());
        Assert.Contains(times, time => time % 1000 != 0); // nanoseconds, not microseconds
    }

    [FunctionalFact]
    public void Dispatch_DirectionIn_DoesNotSeeWhatItsOwnMachineSends()
    {
        using PcapSource source = Open(_pair.Left, Promiscuous with { Direction = PacketDirection.In });
        using PcapSource outgoing = Open(_pair.Left, Promiscuous with { Direction = PacketDirection.Out });
        using PcapSink own = OpenSink(_pair.Left);
        using PcapSink peer = OpenSink(_pair.Right);

        own.Send(Frames.UdpFrame(100));
        peer.Send(Frames.UdpFrame(200));

        Captured received = Assert.Single(Captured.Read(source, 1));
        Assert.Equal(1, source.ReadStatistics().Received); // what left was not even counted
        Assert.Equal((Frames.UdpFrame(200).Length, PacketDirection.In), (received.Frame.Length, received.Header.Direction));
        Captured sent = Assert.Single(Captured.Read(outgoing, 1));
        Assert.Equal((Frames.UdpFrame(100).Length, PacketDirection.Out), (sent.Frame.Length, sent.Header.Direction));
    }

    [FunctionalFact]
    public void Dispatch_OnAny_SeesBothDirectionsOfAConnection()
    {
        using PcapSource source = Open(_pair.Left, new CaptureOptions { SnapLength = 128, Filter = "tcp" });
        using TcpListener listener = Listen(out IPEndPoint address);

        Talk(address);
        List<Captured> packets = Captured.Read(source, seen => seen.Count(p => Dissect(p).TcpFlags.HasFlag(TcpControlBits.Fin)) == 2);

        Assert.Equal(LinkType.LinuxSll2, source.LinkType);
        Assert.All(packets, p => Assert.Equal(InterfaceIndex(_pair.Left), p.Header.InterfaceIndex));
        Assert.All(packets, p => Assert.Equal(
            Dissect(p).Flow!.Value.Destination == Model(address) ? PacketDirection.In : PacketDirection.Out, p.Header.Direction));
        Assert.Equal(
            [
                (TcpControlBits.Syn, PacketDirection.In),
                (TcpControlBits.Syn | TcpControlBits.Ack, PacketDirection.Out),
                (TcpControlBits.Ack, PacketDirection.In),
            ],
            packets.Take(3).Select(p => (Dissect(p).TcpFlags, p.Header.Direction)));
        Assert.Equal(5, packets.Sum(p => Dissect(p).PayloadLength));
    }

    [FunctionalFact]
    public void Dispatch_WithAFilter_SeesTheRestOnly()
    {
        using TcpListener listener = Listen(out IPEndPoint address);
        using PcapSource source = Open(_pair.Left, new CaptureOptions { Filter = $"not tcp port {address.Port}" });

        Talk(address);
        using UdpClient client = NamespacePair.In(_pair.Right, () => new UdpClient());
        client.Send([1, 2, 3], address);
        List<Captured> packets = Captured.Read(source, seen => seen.Any(p => Dissect(p).Protocol == FlowTuple.Udp));

        Assert.DoesNotContain(packets, p => Dissect(p).Protocol == FlowTuple.Tcp);
    }

    [FunctionalFact]
    public void Dispatch_SnapLength_CutsThePacketAndTellsItsLength()
    {
        using PcapSource source = Open(_pair.Right, Promiscuous with { SnapLength = 64 });
        using PcapSink sink = OpenSink(_pair.Left);
        byte[] frame = Frames.UdpFrame(500);

        sink.Send(frame);
        Captured packet = Assert.Single(Captured.Read(source, 1));

        Assert.Equal(frame[..64], packet.Frame);
        Assert.Equal((64, frame.Length), (packet.Header.CapturedLength, packet.Header.OriginalLength));
    }

    [FunctionalFact]
    public void ReadStatistics_AfterTheReaderStalled_CountsWhatTheKernelDropped()
    {
        const int sent = 5000;
        using PcapSource source = Open(_pair.Right, Promiscuous with { SnapLength = 64, BufferBytes = 1 << 16, Delay = TimeSpan.Zero });
        using PcapSink sink = OpenSink(_pair.Left);

        for (int i = 0; i < sent; i++)
            sink.Send(Frames.UdpFrame(100));
        CaptureStatistics statistics = source.ReadStatistics();
        int kept = Captured.Read(source, (int)(statistics.Received - statistics.DroppedByKernel)).Count;

        Assert.Equal(sent, statistics.Received);
        Assert.InRange(statistics.DroppedByKernel, 1, sent - 1);
        Assert.Equal(sent, kept + source.ReadStatistics().DroppedByKernel);
    }

    [FunctionalFact]
    public void ReadStatistics_InBatches_CountsHowOftenTheBufferWasFull()
    {
        const int sent = 5000;
        using PcapSource source = Open(_pair.Right, Promiscuous with { SnapLength = 64, BufferBytes = 1 << 18 });
        using PcapSink sink = OpenSink(_pair.Left);

        for (int i = 0; i < sent; i++)
            sink.Send(Frames.UdpFrame(100));
        CaptureStatistics statistics = source.ReadStatistics();
        int kept = Captured.Read(source, (int)(statistics.Received - statistics.DroppedByKernel)).Count;

        Assert.Equal((sent, 1), (statistics.Received, statistics.Overruns));
        Assert.Equal(sent, kept + statistics.DroppedByKernel);
    }

    [FunctionalFact]
    public void Stop_WhileTheReaderWaits_EndsItWithinASecond()
    {
        foreach (TimeSpan delay in (TimeSpan[])[TimeSpan.Zero, TimeSpan.FromMilliseconds(20)])
        {
            using PcapSource source = Open(_pair.Right, Promiscuous with { Delay = delay });
            using PcapSink sink = OpenSink(_pair.Left);
            using var reading = new ManualResetEventSlim();
            var reader = new Thread(() =>
            {
                while (source.Dispatch((in _, _) => reading.Set()))
                {
                }
            });
            reader.Start();
            sink.Send(Frames.UdpFrame(100));
            Assert.True(reading.Wait(Patience));

            long start = Stopwatch.GetTimestamp();
            source.Stop();

            Assert.True(reader.Join(Patience));
            Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 1);
            Assert.False(source.Dispatch((in _, _) => { }));
        }
    }

    [FunctionalFact]
    public void Dispatch_HandlerThatThrows_ThrowsItAndGoesOnWithTheNextPacket()
    {
        using PcapSource source = Open(_pair.Right, Promiscuous);
        using PcapSink sink = OpenSink(_pair.Left);
        sink.Send(Frames.UdpFrame(100));
        sink.Send(Frames.UdpFrame(200));

        Assert.Throws<InvalidDataException>(() => source.Dispatch((in _, _) => throw new InvalidDataException()));
        Captured next = Assert.Single(Captured.Read(source, 1));

        Assert.Equal(Frames.UdpFrame(200).Length, next.Frame.Length);
    }

    [FunctionalFact]
    public void Dispatch_InterfaceThatGoesAway_ThrowsASentence()
    {
        using PcapSource source = Open(_pair.Right, Promiscuous);

        Shell.Run($"ip -n {_pair.Right} link del {NamespacePair.Interface}");
        CaptureException error = Assert.Throws<CaptureException>(() => Captured.Read(source, 1));

        Assert.StartsWith($"capturing on {NamespacePair.Interface} ", error.Message, StringComparison.Ordinal);
    }

    private static PcapSource Open(string name, CaptureOptions options) => NamespacePair.In(name, () => PcapSource.Open(options));

    private static PcapSink OpenSink(string name) => NamespacePair.In(name, () => PcapSink.Open(NamespacePair.Interface));

    private TcpListener Listen(out IPEndPoint address)
    {
        TcpListener listener = NamespacePair.In(_pair.Left, () =>
        {
            var left = new TcpListener(IPAddress.Parse(NamespacePair.LeftAddress), 0);
            left.Start();
            return left;
        });
        address = (IPEndPoint)listener.LocalEndpoint;
        listener.AcceptTcpClientAsync().ContinueWith(Answer, TaskScheduler.Default);
        return listener;
    }

    /// <summary>Reads to the end and closes.</summary>
    private static void Answer(Task<TcpClient> accepted)
    {
        using TcpClient client = accepted.Result;
        while (client.GetStream().Read(new byte[64]) > 0)
        {
        }
    }

    /// <summary>A connection from the right to the left, which carries 5 bytes.</summary>
    private void Talk(IPEndPoint address)
    {
        using TcpClient client = NamespacePair.In(_pair.Right, () => new TcpClient(AddressFamily.InterNetwork));
        client.Connect(address);
        client.GetStream().Write("hello"u8);
    }

    private static DissectedPacket Dissect(Captured packet)
    {
        Assert.True(PacketDissector.TryRead(LinkType.LinuxSll2, packet.Frame, out DissectedPacket dissected));
        return dissected;
    }

    private static Endpoint Model(IPEndPoint address) => Endpoint.Parse(address.ToString());

    private static int InterfaceIndex(string name) =>
        int.Parse(Shell.Run($"ip netns exec {name} cat /sys/class/net/{NamespacePair.Interface}/ifindex"), null);

    private static long Now() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
