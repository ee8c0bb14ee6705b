using System.Buffers.Binary;
using STrace.OpenFlow;

namespace STrace.Control.Tests;

/// <summary>Actions and matches of Nicira's, as bytes.</summary>
internal static class NiciraActions
{
    public const uint Register0 = NiciraField.Register0;
    public const uint Register1 = NiciraField.Register0 + 0x200;

    /// <param name="data">Behind the vendor, in hexadecimal.</param>
    public static VendorAction Action(string data) => new(NiciraMessage.VendorId, Convert.FromHexString(data));

    public static VendorAction Load(ulong value, uint field, int first = 0, int count = 32) =>
        Action($"0007{(first << 6) | (count - 1):x4}{field:x8}{value:x16}");

    public static VendorAction Move(uint from, uint to, int count = 32, int fromBit = 0, int toBit = 0) =>
        Action($"0006{count:x4}{fromBit:x4}{toBit:x4}{from:x8}{to:x8}");

    public static VendorAction ResubmitTable(byte table) => Action($"000efff8{table:x2}000000");

    public static VendorAction OutputRegister(uint field) => Action($"000f{15:x4}{field:x8}0000000000000000");

    public static NiciraMatchField Field(uint header, uint value, uint? mask = null) =>
        new(header, Bytes(header, value), mask is { } bits ? Bytes(header, bits) : default);

    private static byte[] Bytes(uint header, uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes[^(NiciraField.BitCount(header) / 8)..];
    }
}
