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
    Messages = 3,
}

/// <summary>A payload as it is stored: coded when that is shorter; with a CRC-32C, of the plain bytes, or, coded as messages, of the stored ones.</summary>
internal readonly record struct StoredPayload(byte[] Bytes, PayloadCoding Coding, int Length, uint Checksum);

internal static class BlockCodec
{
    // The fast end of Brotli: blocks are compressed on the path that acknowledges them.
    private const int Quality = 1;
    private const int WindowBits = 22;

    public static StoredPayload Encode(BlockKind kind, ReadOnlySpan<byte> payload)
    {
        PayloadCoding coding = kind switch
        {
            // What is made of records, and comes a million times a second.
            BlockKind.Events or BlockKind.Objects => PayloadCoding.Stride,
            BlockKind.Control => PayloadCoding.Messages,
            _ => PayloadCoding.Brotli,
        };
        byte[] buffer = ArrayPool<byte>.Shared.Rent(LongestBytes(coding, payload.Length));
        try
        {
            int written = coding switch
            {
                PayloadCoding.Stride => StrideCodec.Encode(payload, buffer),
                PayloadCoding.Messages => MessageCodec.Encode(payload, buffer),
                _ => BrotliEncoder.TryCompress(payload, buffer, out int compressed, Quality, WindowBits) ? compressed : payload.Length,
            };
            if (written >= payload.Length)
                return new StoredPayload(payload.ToArray(), PayloadCoding.Plain, payload.Length, Checksum(payload));
            Span<byte> coded = buffer.AsSpan(0, written);
            return new StoredPayload(
                coded.ToArray(), coding, payload.Length, Checksum(coding == PayloadCoding.Messages ? coded : payload));
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
        if (stored.Coding == PayloadCoding.Messages && Checksum(stored.Bytes) != stored.Checksum)
            return null;
        byte[] payload = stored.Bytes;
        if (stored.Coding != PayloadCoding.Plain)
        {
            payload = GC.AllocateUninitializedArray<byte>(stored.Length);
            if (!TryDecode(stored, payload))
                return null;
        }
        bool isChecked = stored.Coding == PayloadCoding.Messages || Checksum(payload) == stored.Checksum;
        return isChecked && payload.Length == stored.Length ? payload : null;
    }

    private static int LongestBytes(PayloadCoding coding, int payloadBytes) => coding switch
    {
        PayloadCoding.Stride => StrideCodec.LongestBytes(payloadBytes),
        PayloadCoding.Messages => MessageCodec.LongestBytes(payloadBytes),
        _ => payloadBytes,
    };

    private static bool TryDecode(StoredPayload stored, byte[] payload) => stored.Coding switch
    {
        PayloadCoding.Stride => StrideCodec.TryDecode(stored.Bytes, payload),
        PayloadCoding.Messages => MessageCodec.TryDecode(stored.Bytes, payload),
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
