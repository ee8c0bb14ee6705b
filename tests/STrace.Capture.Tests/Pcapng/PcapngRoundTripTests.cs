namespace STrace.Capture.Tests.Pcapng;

public sealed class PcapngRoundTripTests
{
    private const long TimeNs = 1_790_000_000_123_456_789;

    private static readonly CaptureStatistics Statistics = new(Received: 5_000_000_000, DroppedByKernel: 3, DroppedByInterface: 1);

    [Fact]
    public void TryRead_WhatTheWriterWrote_IsTheSame()
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, "test"))
        {
            Assert.Equal(0, writer.AddInterface("eth0", "towards s1", LinkType.Ethernet, 128));
            writer.Write(0, TimeNs, [1, 2, 3], 1500, PacketDirection.In, "in port 4");
            Assert.Equal(1, writer.AddInterface("any", "", LinkType.LinuxSll2, 0));
            writer.Write(1, TimeNs + 1, [4, 5, 6, 7], 4);
            writer.Write(0, TimeNs + 2, [], 60, PacketDirection.Out);
            writer.WriteStatistics(0, TimeNs + 3, Statistics);
        }
        using var reader = new PcapngReader(new MemoryStream(file.ToArray()));

        Assert.Equal((0, TimeNs, 1500, PacketDirection.In, "in port 4", "010203"), Next(reader));
        Assert.Equal((1, TimeNs + 1, 4, PacketDirection.Unknown, "", "04050607"), Next(reader));
        Assert.Equal((0, TimeNs + 2, 60, PacketDirection.Out, "", ""), Next(reader));
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.Truncated);
        Assert.Equal(
            [new PcapngInterface("eth0", "towards s1", LinkType.Ethernet, 128), new PcapngInterface("any", "", LinkType.LinuxSll2, 0)],
            reader.Interfaces);
        Assert.Equal(Statistics, Assert.Single(reader.Statistics, pair => pair.Key == 0).Value);
    }

    [Fact]
    public void TryRead_PacketsOfEveryLength_AreTheSame()
    {
        var file = new MemoryStream();
        using (var writer = new PcapngWriter(file, "test"))
        {
            writer.AddInterface("eth0", "", LinkType.Ethernet, 0);
            for (int length = 0; length < 9000; length += 7)
                writer.Write(0, length, Payload(length), length);
        }
        using var reader = new PcapngReader(new MemoryStream(file.ToArray()));

        for (int length = 0; length < 9000; length += 7)
        {
            Assert.True(reader.TryRead(out PcapngPacket packet));
            Assert.Equal(Payload(length), packet.Data.ToArray());
        }
    }

    [Fact]
    public void TryRead_FileCutAnywhere_GivesWholePacketsAndTellsTheCut()
    {
        var file = new MemoryStream();
        var ends = new List<long>();
        using (var writer = new PcapngWriter(file, "test"))
        {
            ends.Add(file.Length);
            writer.AddInterface("eth0", "", LinkType.Ethernet, 0);
            ends.Add(file.Length);
            for (int i = 0; i < 3; i++)
            {
                writer.Write(0, i, Payload(i), i, PacketDirection.In);
                ends.Add(file.Length);
            }
        }
        byte[] bytes = file.ToArray();

        for (int length = 0; length <= bytes.Length; length++)
        {
            using var reader = new PcapngReader(new MemoryStream(bytes, 0, length));
            int packets = 0;
            while (reader.TryRead(out _))
                packets++;

            Assert.Equal(Math.Max(0, ends.Count(end => end <= length) - 2), packets);
            Assert.Equal(!ends.Contains(length), reader.Truncated);
            Assert.False(reader.TryRead(out _));
            Assert.Equal(!ends.Contains(length), reader.Truncated);
        }
    }

    [Fact]
    public void Write_InterfaceThatWasNotAdded_Throws()
    {
        using var writer = new PcapngWriter(new MemoryStream(), "test");

        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Write(0, 0, [], 0));
    }

    [Fact]
    public void Write_CommentLongerThanAnOption_Throws()
    {
        using var writer = new PcapngWriter(new MemoryStream(), "test");
        writer.AddInterface("eth0", "", LinkType.Ethernet, 0);

        Assert.Throws<ArgumentException>(() => writer.Write(0, 0, [], 0, comment: new string('x', 65536)));
    }

    private static byte[] Payload(int length) => [.. Enumerable.Range(length, length).Select(i => (byte)i)];

    private static (int Interface, long TimeNs, int Length, PacketDirection Direction, string Comment, string Data) Next(PcapngReader reader)
    {
        Assert.True(reader.TryRead(out PcapngPacket p));
        return (p.InterfaceId, p.TimeNs, p.OriginalLength, p.Direction, p.Comment, Convert.ToHexString(p.Data.Span));
    }
}
