namespace STrace.Capture.Tests.Pcapng;

/// <summary>Files put together by hand from the format's description.</summary>
public sealed class PcapngReaderTests
{
    private const string BigEndianSection = "0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c ";
    private const string LittleEndianSection = "0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000 ";

    // Ethernet, snap length 0x40, no options: microseconds.
    private const string BigEndianInterface = "00000001 00000014 0001 0000 00000040 00000014 ";
    private const string BigEndianPacket = "00000006 00000024 00000000 00000000 000f4240 00000002 00000009 abcd0000 00000024 ";
    private const string LittleEndianInterface = "01000000 14000000 0100 0000 40000000 14000000 ";
    private const string LittleEndianPacket = "06000000 24000000 00000000 00000000 40420f00 02000000 09000000 abcd0000 24000000 ";

    [Theory]
    [InlineData(BigEndianSection + BigEndianInterface + BigEndianPacket)]
    [InlineData(LittleEndianSection + LittleEndianInterface + LittleEndianPacket)]
    public void TryRead_EitherByteOrder_IsRead(string file)
    {
        using PcapngReader reader = Open(file);

        Assert.True(reader.TryRead(out PcapngPacket packet));
        Assert.Equal((1_000_000_000, 9, "ABCD"), (packet.TimeNs, packet.OriginalLength, Convert.ToHexString(packet.Data.Span)));
        Assert.Equal(new PcapngInterface("", "", LinkType.Ethernet, 64), Assert.Single(reader.Interfaces));
    }

    [Fact]
    public void TryRead_SecondSection_HasItsOwnByteOrderAndInterfaces()
    {
        using PcapngReader reader = Open(BigEndianSection + BigEndianInterface + BigEndianInterface + BigEndianPacket
            + LittleEndianSection + LittleEndianInterface + LittleEndianPacket);

        Assert.True(reader.TryRead(out _));
        Assert.Equal(2, reader.Interfaces.Count);
        Assert.True(reader.TryRead(out _));
        Assert.Single(reader.Interfaces);
    }

    [Theory]
    [InlineData("0009 0001 00000000", 1_000_000_000_000_000)] // seconds
    [InlineData("0009 0001 03000000", 1_000_000_000_000)]     // milliseconds
    [InlineData("0009 0001 09000000", 1_000_000)]             // nanoseconds
    [InlineData("0009 0001 0c000000", 1_000)]                 // picoseconds
    [InlineData("0009 0001 8a000000", 976_562_500_000)]       // 1/1024 s
    [InlineData("000e 0008 0000000000000002", 3_000_000_000)] // two seconds more
    public void TryRead_TimeOptions_AreHonoured(string option, long timeNs)
    {
        int length = 20 + (option.Replace(" ", "", StringComparison.Ordinal).Length / 2) + 4;
        using PcapngReader reader = Open(BigEndianSection
            + $"00000001 {length:x8} 0001 0000 00000040 {option} 00000000 {length:x8}" + BigEndianPacket);

        Assert.True(reader.TryRead(out PcapngPacket packet));
        Assert.Equal(timeNs, packet.TimeNs);
    }

    [Fact]
    public void TryRead_UnknownBlock_IsSkippedAndCounted()
    {
        using PcapngReader reader = Open(BigEndianSection + "0000000a 00000010 01020304 00000010" + BigEndianInterface + BigEndianPacket);

        Assert.True(reader.TryRead(out _));
        Assert.Equal(1, reader.SkippedBlocks);
    }

    [Theory]
    [InlineData(BigEndianInterface, 0)] // no section header
    [InlineData("d4c3b2a1 02000400", 0)] // the older pcap format
    [InlineData("0a0d0d0a 0000001c 01020304 0001 0000 ffffffffffffffff 0000001c", 0)] // no magic
    [InlineData("0a0d0d0a 0000001c 1a2b3c4d 0002 0000 ffffffffffffffff 0000001c", 0)] // version 2
    [InlineData(BigEndianSection + "0000000a 0000000f 01020304 0000000f", 28)] // not a multiple of 4
    [InlineData(BigEndianSection + "0000000a 00000008 01020304", 28)] // shorter than its frame
    [InlineData(BigEndianSection + "0000000a 7ffffffc 01020304", 28)] // of two gigabytes
    [InlineData(BigEndianSection + "0000000a 00000010 01020304 00000014", 28)] // lengths differ
    [InlineData(BigEndianSection + "00000001 00000010 0001 0000 00000010", 28)] // too short for an interface
    [InlineData(BigEndianSection + "00000001 0000001c 0001 0000 00000040 0002 0009 61000000 0000001c", 28)] // option behind the end
    [InlineData(BigEndianSection + "00000001 0000001c 0001 0000 00000040 0009 0001 40000000 0000001c", 28)] // 10^-64 s
    [InlineData(BigEndianSection + "00000001 0000001c 0001 0000 00000040 0009 0002 06060000 0000001c", 28)] // resolution of two bytes
    [InlineData(BigEndianSection + BigEndianPacket, 28)] // interface not described
    [InlineData(BigEndianSection + BigEndianInterface
        + "00000006 00000024 00000000 00000000 000f4240 00000005 00000009 abcd0000 00000024", 48)] // data behind the end
    [InlineData(BigEndianSection + BigEndianInterface
        + "00000006 00000024 00000000 00000000 000f4240 ffffffff 00000009 abcd0000 00000024", 48)]
    [InlineData(BigEndianSection + BigEndianInterface
        + "00000006 00000024 00000000 ffffffff 000f4240 00000002 00000009 abcd0000 00000024", 48)] // beyond 64 bits of ns
    public void TryRead_DamagedFile_ThrowsWithTheBlocksOffset(string file, long offset)
    {
        using PcapngReader reader = Open(file);

        PcapngException error = Assert.Throws<PcapngException>(() => reader.TryRead(out _));
        Assert.Equal(offset, error.Offset);
    }

    [Fact]
    public void TryRead_ArbitraryDamage_ThrowsNothingElse()
    {
        byte[] file = Bytes(BigEndianSection + BigEndianInterface + BigEndianPacket
            + LittleEndianSection + LittleEndianInterface + LittleEndianPacket);
        var random = new Random(20261122);
        int damaged = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. file];
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var reader = new PcapngReader(new MemoryStream(bytes));
            try
            {
                while (reader.TryRead(out _))
                {
                }
            }
            catch (PcapngException)
            {
                damaged++;
            }
        }
        Assert.InRange(damaged, 1_000, 19_999);
    }

    private static PcapngReader Open(string hex) => new(new MemoryStream(Bytes(hex)));

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}
