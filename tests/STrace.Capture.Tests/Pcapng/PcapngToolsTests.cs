using System.Diagnostics;
using STrace.Capture.Tests.Dissection;
using STrace.Capture.Tests.Live;
using STrace.TestKit;

namespace STrace.Capture.Tests.Pcapng;

/// <summary>The files against Wireshark's and tcpdump's own programs.</summary>
[Trait("Category", "Functional")]
public sealed class PcapngToolsTests : IDisposable
{
    private const long TimeNs = 1_790_000_000_123_456_789;

    private readonly TemporaryFolder _folder = new();

    private string File => _folder["capture.pcapng"];

    public void Dispose() => _folder.Dispose();

    [FunctionalFact("tshark")]
    public void Write_ReadByTshark_ShowsEveryField()
    {
        WriteFile();

        string[] lines = Tshark("-e frame.time_epoch -e frame.interface_name -e frame.interface_description -e frame.packet_flags "
            + "-e frame.cap_len -e frame.len -e frame.comment -e tcp.srcport -e udp.srcport -e sll.ifindex");

        Assert.Equal(
            [
                "1790000000.123456789|eth0|towards s1|0x00000001|54|1054|in port 4|40000||",
                "1790000000.123456790|any||0x00000002|66|66|||40000|7",
            ],
            lines);
    }

    [FunctionalFact("capinfos")]
    public void Write_ReadByCapinfos_ShowsInterfacesAndApplication()
    {
        WriteFile();

        string info = Shell.Run($"capinfos -M {File}");

        Assert.Contains("pcapng", info, StringComparison.Ordinal);
        Assert.Matches("Number of packets: *2\n", info);
        Assert.Matches("Capture application: *S-Trace test\n", info);
        Assert.Matches("Number of interfaces in file: *2\n", info);
        Assert.Contains("Time precision = nanoseconds (9)", info, StringComparison.Ordinal);
        Assert.Contains("Number of stat entries = 1", info, StringComparison.Ordinal);
    }

    [FunctionalFact("tcpdump")]
    public void Write_ReadByTcpdump_ShowsThePacket()
    {
        using (PcapngWriter writer = NewFile())
            writer.Write(writer.AddInterface("eth0", "", LinkType.Ethernet, 0), TimeNs, Frames.UdpFrame(5), 47);

        Assert.StartsWith(
            "1790000000.123456789 IP 10.0.0.1.40000 > 10.0.0.2.80: UDP, length 5",
            Shell.Run($"tcpdump -nntt --nano -r {File}"),
            StringComparison.Ordinal);
    }

    [FunctionalFact("dumpcap")]
    public void TryRead_WrittenByDumpcap_GivesThePacketsOnTheWire()
    {
        using var pair = new NamespacePair();
        using PcapSink sink = NamespacePair.In(pair.Left, () => PcapSink.Open(NamespacePair.Interface));
        byte[][] frames = [.. Enumerable.Range(0, 5).Select(i => Frames.UdpFrame(100 + i))];
        using (Process dumpcap = Shell.Start(
            $"exec ip netns exec {pair.Right} dumpcap -i {NamespacePair.Interface} -c {frames.Length} -w {File}"))
        {
            Await(dumpcap.StandardError, "File:");
            foreach (byte[] frame in frames)
                sink.Send(frame);
            Assert.True(dumpcap.WaitForExit(TimeSpan.FromSeconds(10)));
        }

        Assert.Equal(frames, ReadFile(out PcapngReader reader));
        Assert.Equal((NamespacePair.Interface, LinkType.Ethernet), (reader.Interfaces[0].Name, reader.Interfaces[0].LinkType));
        Assert.False(reader.Truncated);
    }

    [FunctionalFact("tcpdump", "editcap")]
    public void TryRead_WrittenByTcpdump_GivesThePacketsOnTheWire()
    {
        using var pair = new NamespacePair();
        using PcapSink sink = NamespacePair.In(pair.Left, () => PcapSink.Open(NamespacePair.Interface));
        byte[][] frames = [.. Enumerable.Range(0, 5).Select(i => Frames.UdpFrame(100 + i))];
        string older = _folder["capture.pcap"];
        using (Process tcpdump = Shell.Start(
            $"exec ip netns exec {pair.Right} tcpdump -Z root -c {frames.Length} -i {NamespacePair.Interface} -w {older}"))
        {
            Await(tcpdump.StandardError, "listening on");
            foreach (byte[] frame in frames)
                sink.Send(frame);
            Assert.True(tcpdump.WaitForExit(TimeSpan.FromSeconds(10)));
        }

        // tcpdump writes the older format only.
        Shell.Run($"editcap -F pcapng {older} {File}");

        Assert.Equal(frames, ReadFile(out _));
    }

    private static void Await(StreamReader output, string text)
    {
        while (output.ReadLine() is { } line)
        {
            if (line.Contains(text, StringComparison.Ordinal))
                return;
        }
        Assert.Fail($"it ended before it wrote '{text}'");
    }

    private void WriteFile()
    {
        using PcapngWriter writer = NewFile();
        int first = writer.AddInterface("eth0", "towards s1", LinkType.Ethernet, 54);
        byte[] tcp = Frames.TcpFrame(TcpControlBits.Ack, new byte[1000]);
        writer.Write(first, TimeNs, tcp.AsSpan(0, 54), tcp.Length, PacketDirection.In, "in port 4");
        int second = writer.AddInterface("any", "", LinkType.LinuxSll2, 0);
        byte[] udp = Frames.Sll2(DissectedPacket.EtherTypeIPv4, Frames.V4(17, Frames.Udp(new byte[18])));
        writer.Write(second, TimeNs + 1, udp, udp.Length, PacketDirection.Out);
        writer.WriteStatistics(first, TimeNs + 2, new CaptureStatistics(3, 2, 1));
    }

    private PcapngWriter NewFile() => new(System.IO.File.Create(File), "S-Trace test");

    private List<byte[]> ReadFile(out PcapngReader reader)
    {
        using (reader = new PcapngReader(System.IO.File.OpenRead(File)))
        {
            var frames = new List<byte[]>();
            while (reader.TryRead(out PcapngPacket packet))
                frames.Add(packet.Data.ToArray());
            return frames;
        }
    }

    private string[] Tshark(string fields) => Shell.Run($"tshark -nr {File} -T fields -E 'separator=|' {fields}").TrimEnd('\n').Split('\n');
}
