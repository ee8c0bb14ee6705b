namespace STrace.Storage.Tests;

public sealed class BlockCodecTests
{
    /// <summary>The check value of CRC-32C in every catalogue of checksums.</summary>
    [Fact]
    public void Checksum_CheckString_IsTheCatalogued() =>
        Assert.Equal(0xE3069283u, BlockCodec.Checksum("123456789"u8));

    [Fact]
    public void Encode_DoesNotShrink_StoresPlain() => Assert.False(BlockCodec.Encode("abc"u8).Compressed);

    [Fact]
    public void Encode_Shrinks_StoresLess() => Assert.InRange(BlockCodec.Encode(new byte[10_000]).Bytes.Length, 1, 100);
}
