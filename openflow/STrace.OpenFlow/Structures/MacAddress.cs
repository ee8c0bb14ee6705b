using System.Buffers.Binary;
using System.Globalization;

namespace STrace.OpenFlow;

/// <summary>An Ethernet address; <paramref name="Value"/> holds its 48 bits, the first byte on the wire highest.</summary>
public readonly record struct MacAddress(ulong Value)
{
    /// <summary>Bytes on the wire (<c>OFP_ETH_ALEN</c>).</summary>
    public const int Length = 6;

    private const int TextLength = 17;

    /// <summary>ff:ff:ff:ff:ff:ff.</summary>
    public static readonly MacAddress Broadcast = new(0xffff_ffff_ffff);

    /// <summary>Reads <c>aa:bb:cc:dd:ee:ff</c>.</summary>
    /// <exception cref="FormatException">The text is not an Ethernet address.</exception>
    public static MacAddress Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an Ethernet address (aa:bb:cc:dd:ee:ff)");

    /// <summary>Reads <c>aa:bb:cc:dd:ee:ff</c>; false when the text is something else.</summary>
    public static bool TryParse(string? text, out MacAddress address)
    {
        address = default;
        if (text is not { Length: TextLength })
            return false;

        ulong value = 0;
        for (var i = 0; i < TextLength; i += 3)
        {
            if (i > 0 && text[i - 1] != ':')
                return false;
            if (!byte.TryParse(text.AsSpan(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
                return false;
            value = (value << 8) | octet;
        }
        address = new MacAddress(value);
        return true;
    }

    /// <summary>The address in the first six bytes.</summary>
    public static MacAddress Read(ReadOnlySpan<byte> bytes)
    {
        return new MacAddress(((ulong)BinaryPrimitives.ReadUInt32BigEndian(bytes) << 16) | BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]));
    }

    /// <summary>Writes the address into the first six bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)(Value >> 16));
        BinaryPrimitives.WriteUInt16BigEndian(bytes[4..], (ushort)Value);
    }

    /// <summary><c>aa:bb:cc:dd:ee:ff</c>.</summary>
    public override string ToString() =>
        $"{Octet(0):x2}:{Octet(1):x2}:{Octet(2):x2}:{Octet(3):x2}:{Octet(4):x2}:{Octet(5):x2}";

    private byte Octet(int index) => (byte)(Value >> (8 * (Length - 1 - index)));
}
