using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;

namespace STrace.Storage;

/// <summary>A payload as it is stored: Brotli when that is shorter, else as it is; with the CRC-32C of the plain bytes.</summary>
internal readonly record struct StoredPayload(byte[] Bytes, bool Compressed, int Length, uint Checksum);

internal static class BlockCodec
{
    // The fast end of Brotli: blocks are compressed on the path that acknowledges them.
    private const int Quality = 1;
    private const int WindowBits = 22;

    public static StoredPayload Encode(ReadOnlySpan<byte> payload)
    {
        uint checksum = Checksum(payload);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(payload.Length);
        try
        {
            // A destination shorter than the payload makes what does not shrink fail.
            int limit = Math.Max(payload.Length - 1, 0);
            return BrotliEncoder.TryCompress(payload, buffer.AsSpan(0, limit), out int written, Quality, WindowBits)
                ? new StoredPayload(buffer.AsSpan(0, written).ToArray(), true, payload.Length, checksum)
                : new StoredPayload(payload.ToArray(), false, payload.Length, checksum);
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
        if (stored.Compressed)
        {
            payload = new byte[stored.Length];
            if (!BrotliDecoder.TryDecompress(stored.Bytes, payload, out int written) || written != stored.Length)
                return null;
        }
        return payload.Length == stored.Length && Checksum(payload) == stored.Checksum ? payload : null;
    }

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
