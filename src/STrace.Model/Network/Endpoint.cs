namespace STrace.Model;

/// <summary>An address and a port: one end of a connection.</summary>
public readonly record struct Endpoint(IpAddress Address, ushort Port)
{
    /// <exception cref="FormatException">Not of the form IP:PORT or [IPV6]:PORT.</exception>
    public static Endpoint Parse(string text)
    {
        int colon = text.LastIndexOf(':');
        if (colon > 0 && ushort.TryParse(text.AsSpan(colon + 1), out ushort port) &&
            IpAddress.TryParse(text[..colon].Trim('[', ']'), out IpAddress address))
        {
            return new Endpoint(address, port);
        }
        throw new FormatException($"'{text}' is not an address of the form IP:PORT");
    }

    public override string ToString() => Address.IsV4 ? $"{Address}:{Port}" : $"[{Address}]:{Port}";
}
