using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace STrace.Storage;

/// <summary>
/// Makes a sequence of control messages shorter, at several times the speed of a general compression: of each message, with its
/// header, it tells the bytes that differ from those at the last message of its type.
/// <code>
///  message: slot u8 (bit 6: its length is another than that of the message before in this slot, and follows: u16)
///           then for each 64 bytes of it: which of the 8 words differ u8 | a word: which of its bytes differ u8, those bytes
///  255: the remaining bytes as they are
/// </code>
/// A slot stands for a direction and a type. A message is held against the bytes that begin with the last one of its slot, which may run
/// on behind that one's end, even into the message itself; the first of its slot against zeros. Messages near the end remain as they are.
/// </summary>
internal static class MessageCodec
{
    // The message's header, as ControlLogFormat draws it: time, dpid, direction, length; then OpenFlow's own: version, type.
    private const int DirectionOffset = 16, LengthOffset = 17, HeaderBytes = 21, TypeOffset = 22;

    private const int GroupBytes = 64;
    private const int Slots = 64;
    private const byte LengthFollows = 0x40, Rest = 0xff;
    private const int LongestGroup = 1 + GroupBytes / sizeof(ulong) * (1 + sizeof(ulong));
    private const int Overrun = 1 + sizeof(ulong); // of a word, which is written as eight bytes whatever their number

    /// <summary>How much the output needs: a message's own bytes, and for every 64 and 8 of them one.</summary>
    public static int LongestBytes(int payloadBytes) => payloadBytes + payloadBytes / 2 + LongestGroup + Overrun;

    /// <param name="output">At least <see cref="LongestBytes"/>.</param>
    /// <returns>Bytes written; the payload need not be made of messages.</returns>
    public static int Encode(ReadOnlySpan<byte> payload, Span<byte> output)
    {
        Span<int> last = stackalloc int[Slots], lengths = stackalloc int[Slots];
        last.Fill(-1);
        lengths.Clear();
        int written = 0, at = 0;
        while (MessageBytes(payload[at..]) is var bytes and > 0)
        {
            ReadOnlySpan<byte> message = payload[at..];
            int slot = Slot(message, bytes);
            if (bytes == lengths[slot])
            {
                output[written++] = (byte)slot;
            }
            else
            {
                output[written] = (byte)(slot | LengthFollows);
                BinaryPrimitives.WriteUInt16LittleEndian(output[(written + 1)..], (ushort)(bytes - HeaderBytes));
                written += 3;
            }
            for (int group = 0; group < bytes; group += GroupBytes)
            {
                var differing = Vector512.Create(message[group..]);
                if (last[slot] >= 0)
                    differing ^= Vector512.Create(payload[(last[slot] + group)..]);
                ulong mask = ~Vector512.Equals(differing, Vector512<byte>.Zero).ExtractMostSignificantBits();
                if (bytes - group < GroupBytes)
                    mask &= (1ul << (bytes - group)) - 1;
                written += WriteGroup(message[group..], mask, output[written..]);
            }
            (last[slot], lengths[slot]) = (at, bytes);
            at += bytes;
        }
        output[written++] = Rest;
        payload[at..].CopyTo(output[written..]);
        return written + payload.Length - at;
    }

    /// <summary>False when these are not the bytes of a payload of this length.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> stored, Span<byte> payload)
    {
        Span<int> last = stackalloc int[Slots], lengths = stackalloc int[Slots];
        last.Fill(-1);
        lengths.Clear();
        int at = 0;
        while (true)
        {
            if (stored.IsEmpty)
                return false;
            byte head = stored[0];
            stored = stored[1..];
            if (head == Rest)
                return stored.Length == payload.Length - at && stored.TryCopyTo(payload[at..]);
            int slot = head & (Slots - 1);
            if ((head & LengthFollows) != 0)
            {
                if (!BinaryPrimitives.TryReadUInt16LittleEndian(stored, out ushort length))
                    return false;
                lengths[slot] = HeaderBytes + length;
                stored = stored[sizeof(ushort)..];
            }
            int bytes = lengths[slot];
            if (bytes == 0 || Padded(bytes) > payload.Length - at)
                return false;
            for (int group = 0; group < bytes; group += GroupBytes)
            {
                if (!TryReadGroup(ref stored, payload, at + group, last[slot] < 0 ? -1 : last[slot] + group))
                    return false;
            }
            last[slot] = at;
            at += bytes;
        }
    }

    /// <summary>With its header; 0 where no whole message stands, or less than its last 64 bytes need behind it.</summary>
    private static int MessageBytes(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < GroupBytes)
            return 0;
        int length = BinaryPrimitives.ReadInt32LittleEndian(rest[LengthOffset..]);
        return length is >= 0 and <= ushort.MaxValue && Padded(HeaderBytes + length) <= rest.Length ? HeaderBytes + length : 0;
    }

    private static int Padded(int bytes) => (bytes + GroupBytes - 1) & ~(GroupBytes - 1);

    private static int Slot(ReadOnlySpan<byte> message, int bytes) =>
        (message[DirectionOffset] & 1) << 5 | (bytes > TypeOffset ? message[TypeOffset] & 31 : 0);

    /// <param name="mask">The bytes that differ.</param>
    /// <returns>Bytes written.</returns>
    private static int WriteGroup(ReadOnlySpan<byte> group, ulong mask, Span<byte> output)
    {
        ref byte from = ref MemoryMarshal.GetReference(group[..GroupBytes]);
        ref byte to = ref MemoryMarshal.GetReference(output[..(LongestGroup + Overrun)]);
        int written = 1, present = 0;
        for (int word = 0; mask != 0; word++, mask >>= 8)
        {
            // Without a branch, which nobody could foretell: a word that does not differ is written, and then written over.
            byte differing = (byte)mask;
            int differs = (differing + 0xff) >> 8;
            present |= differs << word;
            Unsafe.Add(ref to, written) = differing;
            ulong bytes = ByteMask.Gather(Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref from, word * sizeof(ulong))), differing);
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref to, written + 1), bytes);
            written += differs + BitOperations.PopCount(differing);
        }
        to = (byte)present;
        return written;
    }

    private static bool TryReadGroup(ref ReadOnlySpan<byte> stored, Span<byte> payload, int at, int before)
    {
        if (stored.IsEmpty)
            return false;
        int present = stored[0], read = 1;
        for (int word = 0; word < GroupBytes; word += sizeof(ulong), present >>= 1)
        {
            ulong value = before < 0 ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(payload[(before + word)..]);
            if ((present & 1) != 0)
            {
                if (read == stored.Length)
                    return false;
                byte differing = stored[read++];
                int count = BitOperations.PopCount(differing);
                if (stored.Length - read < count)
                    return false;
                value = value & ~ByteMask.Spread(differing) | ByteMask.Scatter(ReadUpTo8(stored[read..]), differing);
                read += count;
            }
            BinaryPrimitives.WriteUInt64LittleEndian(payload[(at + word)..], value);
        }
        stored = stored[read..];
        return true;
    }

    private static ulong ReadUpTo8(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        Span<byte> padded = stackalloc byte[sizeof(ulong)];
        bytes.CopyTo(padded);
        return BinaryPrimitives.ReadUInt64LittleEndian(padded);
    }
}
