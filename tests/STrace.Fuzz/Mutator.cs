using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Fuzz;

/// <summary>Damages messages: bits, bytes, ends, lengths and nested lengths, pieces of one in another.</summary>
/// <param name="random">The source of all choices.</param>
internal sealed class Mutator(Random random)
{
    private const int LengthOffset = 2;
    private const int MostChanges = 4;
    private const int MostInserted = 64;

    /// <summary>Lengths and counts that are likely to be at an edge.</summary>
    private static readonly ushort[] Edges = [0, 1, 3, 4, 7, 8, 9, 15, 16, 24, 40, 72, 88, 0x7fff, 0x8000, 0xfff8, 0xffff];

    /// <summary>A damaged copy. Mostly the header announces what is there: what is behind it would not be read otherwise.</summary>
    public byte[] Mutate(byte[] original, byte[] other)
    {
        var frame = original.ToArray();
        for (var changes = random.Next(1, MostChanges + 1); changes > 0; changes--)
            frame = Change(frame, other);
        if (frame.Length > OpenFlowFraming.MaxMessageLength)
            frame = frame[..OpenFlowFraming.MaxMessageLength];
        if (frame.Length >= LengthOffset + sizeof(ushort) && random.Next(8) != 0)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(LengthOffset), (ushort)frame.Length);
        return frame;
    }

    private byte[] Change(byte[] frame, byte[] other)
    {
        if (frame.Length < OpenFlowFraming.HeaderLength)
            return [.. frame, .. other];
        var at = random.Next(frame.Length);
        switch (random.Next(9))
        {
            case 0:
                frame[at] ^= (byte)(1 << random.Next(8));
                return frame;
            case 1:
                frame[at] = (byte)random.Next(256);
                return frame;
            case 2:
                return frame[..at];
            case 3:
                return [.. frame[..at], .. other[random.Next(other.Length)..]];
            case 4:
                return [.. frame[..at], .. frame[random.Next(frame.Length)..]];
            case 5:
                var inserted = new byte[random.Next(MostInserted)];
                random.NextBytes(inserted);
                return [.. frame[..at], .. inserted, .. frame[at..]];
            case 6:
                frame[1] = (byte)random.Next(24); // another type, two of them unknown
                return frame;
            case 7:
                Put(frame, at & ~1, Edges[random.Next(Edges.Length)]);
                return frame;
            default:
                Put(frame, at & ~1, (ushort)(frame.Length - (at & ~1) + random.Next(-8, 9))); // about what is left
                return frame;
        }
    }

    private static void Put(byte[] frame, int offset, ushort value)
    {
        if (offset + sizeof(ushort) <= frame.Length)
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(offset), value);
    }
}
