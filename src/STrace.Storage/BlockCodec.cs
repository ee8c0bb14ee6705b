using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace STrace.Storage;

/// <summary>How a payload's bytes are stored; the number stands in the database.</summary>
internal enum PayloadCoding
{
    Plain = 0,
    Brotli = 1,
    Stride = 2,
}

/// <summary>A payload as it is stored: coded when that is shorter; with the CRC-32C of the plain bytes.</summary>
internal readonly record struct StoredPayload(byte[] Bytes, PayloadCoding Coding, int Length, uint Checksum);

internal static class BlockCodec
{
    // The fast end of Brotli: blocks are compressed on the path that acknowledges them.
    private const int Quality = 1;
    private const int WindowBits = 22;

    public static StoredPayload Encode(BlockKind kind, ReadOnlySpan<byte> payload)
    {
        uint checksum = Checksum(payload);
        // What is made of records, and comes a million times a second.
        PayloadCoding coding = kind is BlockKind.Events or BlockKind.Objects ? PayloadCoding.Stride : PayloadCoding.Brotli;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(StrideCodec.LongestBytes(payload.Length));
        try
        {
            int written = payload.Length;
            if (coding == PayloadCoding.Stride)
                written = StrideCodec.Encode(payload, buffer);
            else if (!BrotliEncoder.TryCompress(payload, buffer, out written, Quality, WindowBits))
                written = payload.Length;
            return written < payload.Length
                ? new StoredPayload(buffer.AsSpan(0, written).ToArray(), coding, payload.Length, checksum)
                : new StoredPayload(payload.ToArray(), PayloadCoding.Plain, payload.Length, checksum);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Null when the stored bytes are not those that were encoded.</summary>
    public static byte[]? Decode(StoredPayload stored)
    {
        if (stored.Length is < 0 or > Block.MaxPayloadBytes)
            return null;
        byte[] payload = stored.Bytes;
        if (stored.Coding != PayloadCoding.Plain)
        {
            payload = GC.AllocateUninitializedArray<byte>(stored.Length);
            if (!TryDecode(stored, payload))
                return null;
        }
        return payload.Length == stored.Length && Checksum(payload) == stored.Checksum ? payload : null;
    }

    private static bool TryDecode(StoredPayload stored, byte[] payload) => stored.Coding switch
    {
        PayloadCoding.Stride => StrideCodec.TryDecode(stored.Bytes, payload),
        PayloadCoding.Brotli => BrotliDecoder.TryDecompress(stored.Bytes, payload, out int written) && written == payload.Length,
        _ => false,
    };

    /// <summary>CRC-32C (RFC 3720, appendix B.4).</summary>
    internal static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
