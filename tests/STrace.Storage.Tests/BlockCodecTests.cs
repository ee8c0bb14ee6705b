using System.IO.Compression;

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
    [InlineData(BlockKind.Packets, 100)]
    [InlineData(BlockKind.Control, 1000)]
    [InlineData(BlockKind.Events, 500)]
    public void Encode_Shrinks_StoresLess(BlockKind kind, int most) =>
        Assert.InRange(BlockCodec.Encode(kind, new byte[10_000]).Bytes.Length, 1, most);

    [Fact]
    public void Decode_ControlBlockOfAnOlderRecording_GivesItBack()
    {
        byte[] payload = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i % 7))], buffer = new byte[1000];
        Assert.True(BrotliEncoder.TryCompress(payload, buffer, out int written));

        Assert.Equal(payload, BlockCodec.Decode(new StoredPayload(buffer[..written], PayloadCoding.Brotli, 1000, BlockCodec.Checksum(payload))));
    }

    [Theory]
    [InlineData(BlockKind.Control)]
    [InlineData(BlockKind.Events)]
    [InlineData(BlockKind.Packets)]
    public void Decode_AnyByteDiffers_IsNull(BlockKind kind)
    {
        StoredPayload stored = BlockCodec.Encode(kind, new byte[500]);
        Assert.NotEqual(PayloadCoding.Plain, stored.Coding);
        Assert.Equal(new byte[500], BlockCodec.Decode(stored));

        for (int i = 0; i < stored.Bytes.Length; i++)
        {
            byte[] damaged = [.. stored.Bytes];
            damaged[i] ^= 0x10;
            if (BlockCodec.Decode(stored with { Bytes = damaged }) is { } decoded)
                Assert.Equal(new byte[500], decoded);
        }
    }
}
