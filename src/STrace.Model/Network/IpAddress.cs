using System.Net;

namespace STrace.Model;

/// <summary>
/// An IPv4 or IPv6 address as a value: 128 bits, an IPv4 address in its mapped form (::ffff:a.b.c.d), so that a socket of
/// either family that speaks IPv4 has one identity.
/// </summary>
public readonly record struct IpAddress(UInt128 Bits)
{
    private static readonly UInt128 MappedPrefix = (UInt128)0xffff << 32;

    public bool IsV4 => Bits >> 32 == 0xffff;

    /// <summary>The IPv4 address in host byte order; only of an address for which <see cref="IsV4"/> holds.</summary>
    public uint V4 => IsV4 ? (uint)Bits : throw new InvalidOperationException($"{this} is not an IPv4 address");

    public static IpAddress FromV4(uint hostOrder) => new(MappedPrefix | hostOrder);

    /// <param name="networkOrder">4 or 16 bytes.</param>
    public static IpAddress FromBytes(ReadOnlySpan<byte> networkOrder)
    {
        UInt128 bits = 0;
        foreach (byte b in networkOrder)
            bits = (bits << 8) | b;
        return networkOrder.Length == 4 ? new IpAddress(MappedPrefix | bits) : new IpAddress(bits);
    }

    /// <exception cref="FormatException">The text is no address.</exception>
    public static IpAddress Parse(string text) =>
        TryParse(text, out IpAddress address) ? address : throw new FormatException($"'{text}' is not an IP address");

    public static bool TryParse(string text, out IpAddress address)
    {
        bool ok = IPAddress.TryParse(text, out IPAddress? parsed);
        address = ok ? FromBytes(parsed!.GetAddressBytes()) : default;
        return ok;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        return new IPAddress(IsV4 ? bytes[12..] : bytes).ToString();
    }
}
