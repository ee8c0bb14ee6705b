using System.Globalization;

namespace STrace.OpenFlow;

/// <summary>An IPv4 address; <paramref name="Value"/> is in host order: 10.0.0.5 is 0x0a000005.</summary>
public readonly record struct Ipv4Address(uint Value)
{
    private const int Octets = 4;

    /// <summary>Reads a dotted quad.</summary>
    /// <exception cref="FormatException">The text is not an IPv4 address.</exception>
    public static Ipv4Address Parse(string text) =>
        TryParse(text, out var address) ? address : throw new FormatException($"'{text}' is not an IPv4 address (a.b.c.d)");

    /// <summary>Reads a dotted quad; false when the text is something else.</summary>
    public static bool TryParse(string? text, out Ipv4Address address)
    {
        address = default;
        var parts = (text ?? "").Split('.');
        if (parts.Length != Octets)
            return false;

        uint value = 0;
        foreach (var part in parts)
        {
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var octet))
                return false;
            value = (value << 8) | octet;
        }
        address = new Ipv4Address(value);
        return true;
    }

    /// <summary>The address with all but the first <paramref name="prefixLength"/> bits (0..32) cleared.</summary>
    public Ipv4Address Mask(int prefixLength) => new((uint)(Value & (ulong.MaxValue << (32 - prefixLength))));

    /// <summary>The dotted quad.</summary>
    public override string ToString() => $"{Value >> 24}.{(byte)(Value >> 16)}.{(byte)(Value >> 8)}.{(byte)Value}";
}
