using System.Text;

namespace STrace.OpenFlow;

/// <summary>An LLDP frame (IEEE 802.1AB): who sent it, out of which port.</summary>
internal static class LldpText
{
    private const int ChassisId = 1;
    private const int PortId = 2;
    private const int SystemName = 5;
    private const int MacSubtypeOfChassis = 4;
    private const int MacSubtypeOfPort = 3;

    public static string Of(ReadOnlySpan<byte> packet)
    {
        var text = $"LLDP, length {packet.Length}";
        for (var rest = packet; rest.Length >= sizeof(ushort);)
        {
            // Seven bits of type, nine of length.
            var header = PacketText.Take16(ref rest);
            var (type, length) = (header >> 9, header & 0x1ff);
            if (type == 0)
                break;
            if (length > rest.Length)
                return text + " [|lldp]";
            var value = rest[..length];
            text += type switch
            {
                ChassisId when length > 1 => $", chassis {Id(value, MacSubtypeOfChassis)}",
                PortId when length > 1 => $", port {Id(value, MacSubtypeOfPort)}",
                SystemName => $", name {ErrorText.Printable(Encoding.Latin1.GetString(value))}",
                _ => "",
            };
            rest = rest[length..];
        }
        return text;
    }

    private static string Id(ReadOnlySpan<byte> value, int macSubtype)
    {
        var id = value[1..];
        if (value[0] == macSubtype && id.Length == MacAddress.Length)
            return MacAddress.Read(id).ToString();
        return id.ContainsAnyExceptInRange((byte)' ', (byte)'~') ? $"0x{Convert.ToHexStringLower(id)}" : Encoding.ASCII.GetString(id);
    }
}
