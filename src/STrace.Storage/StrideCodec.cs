using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace STrace.Storage;

/// <summary>
/// Makes a sequence of 64-byte records shorter, at several times the speed of a general compression: of a group of 64 bytes, aligned to
/// records or not, it tells the bytes that differ from one of the four groups before.
/// <code>
///  group: how many groups before u8 (0: zeros) | which of its 8 words differ u8 | a word: which of its bytes differ u8, those bytes
///  after the last whole group: the remaining bytes as they are, then 74 zeros
/// </code>
/// </summary>
internal static class StrideCodec
{
    private const int GroupBytes = 64;
    private const int Words = GroupBytes / sizeof(ulong);
    private const int Farthest = 4;
    private const int LongestGroup = 2 + Words * (1 + sizeof(ulong));
    private const int Padding = LongestGroup; // so that a group is read without looking for the end within

    public static int LongestBytes(int payloadBytes) => payloadBytes / GroupBytes * LongestGroup + GroupBytes + Padding;

    /// <param name="output">At least <see cref="LongestBytes"/>.</param>
    /// <returns>Bytes written.</returns>
    public static int Encode(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        int written = 0, at = 0;
        for (; at + GroupBytes <= payload.Length; at += GroupBytes)
        {
            int distance = Nearest(payload, at, out ulong differing);
            int present = written + 1;
            output[written] = (byte)distance;
            output[present] = 0;
            written += 2;
            while (differing != 0)
            {
                int word = BitOperations.TrailingZeroCount(differing) / 8;
                byte mask = (byte)(differing >> 8 * word);
                differing &= ~(0xfful << 8 * word);
                output[present] |= (byte)(1 << word);
                output[written++] = mask;
                ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(payload[(at + word * sizeof(ulong))..]);
                BinaryPrimitives.WriteUInt64LittleEndian(output[written..], ByteMask.Gather(bytes, mask));
                written += BitOperations.PopCount(mask);
            }
        }
        payload[at..].CopyTo(output[written..]);
        written += payload.Length - at;
        output.Slice(written, Padding).Clear();
        return written + Padding;
    }

    /// <summary>False when these are not the bytes of a payload of this length.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> stored, Span<byte> payload)
    {
        int read = 0, at = 0;
        for (; at + GroupBytes <= payload.Length; at += GroupBytes)
        {
            if (stored.Length - read < LongestGroup || stored[read] * GroupBytes > at)
                return false;
            Span<byte> group = payload.Slice(at, GroupBytes);
            Vector512<byte> before = stored[read] == 0 ? default : Vector512.Create(payload.Slice(at - stored[read] * GroupBytes, GroupBytes));
            before.CopyTo(group);
            Span<ulong> words = MemoryMarshal.Cast<byte, ulong>(group);
            uint present = stored[read + 1];
            read += 2;
            for (; present != 0; present &= present - 1)
            {
                ref ulong word = ref words[BitOperations.TrailingZeroCount(present)];
                byte mask = stored[read++];
                ulong bytes = BinaryPrimitives.ReadUInt64LittleEndian(stored[read..]);
                word = word & ~ByteMask.Spread(mask) | ByteMask.Scatter(bytes, mask);
                read += BitOperations.PopCount(mask);
            }
        }
        if (stored.Length - read != payload.Length - at + Padding)
            return false;
        stored.Slice(read, payload.Length - at).CopyTo(payload[at..]);
        return true;
    }

    /// <summary>How many groups before is the one that differs least; 0 for zeros.</summary>
    /// <param name="differing">Its bytes that differ, a bit each.</param>
    private static int Nearest(ReadOnlySpan<byte> payload, int at, out ulong differing)
    {
        var group = Vector512.Create(payload.Slice(at, GroupBytes));
        differing = ~Vector512.Equals(group, Vector512<byte>.Zero).ExtractMostSignificantBits();
        int nearest = 0;
        for (int distance = 1; distance <= Farthest && distance * GroupBytes <= at; distance++)
        {
            var before = Vector512.Create(payload.Slice(at - distance * GroupBytes, GroupBytes));
            ulong mask = ~Vector512.Equals(group, before).ExtractMostSignificantBits();
            if (BitOperations.PopCount(mask) < BitOperations.PopCount(differing))
                (nearest, differing) = (distance, mask);
        }
        return nearest;
    }
}
