namespace STrace.Storage.Tests;

public sealed class BlockCodecTests
{
    /// <summary>The check value of CRC-32C in every catalogue of checksums.</summary>
    [Fact]
    public void Checksum_CheckString_IsTheCatalogued() =>
        Assert.Equal(0xE3069283u, BlockCodec.Checksum("123456789"u8));

    [Theory]
    [InlineData(BlockKind.Control)]
    [InlineData(BlockKind.Events)]
    public void Encode_DoesNotShrink_StoresPlain(BlockKind kind) =>
        Assert.Equal(PayloadCoding.Plain, BlockCodec.Encode(kind, "abc"u8).Coding);

    [Theory]
    [InlineData(BlockKind.Control, 100)]
    [InlineData(BlockKind.Events, 500)]
    public void Encode_Shrinks_StoresLess(BlockKind kind, int most) =>
        Assert.InRange(BlockCodec.Encode(kind, new byte[10_000]).Bytes.Length, 1, most);
}
