using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace STrace.Control;

/// <summary>Where a controller listens that switches are connected to through the proxy: <c>tcp:HOST:PORT</c> or <c>ssl:HOST:PORT</c>.</summary>
public sealed record UpstreamAddress(bool Tls, string Host, int Port)
{
    /// <summary>Reads the form that <see cref="ToString"/> writes; an IPv6 address stands in brackets.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out UpstreamAddress? address)
    {
        address = null;
        var scheme = text.IndexOf(':', StringComparison.Ordinal);
        var port = text.LastIndexOf(':');
        if (scheme < 0 || port <= scheme + 1 || text[..scheme] is not ("tcp" or "ssl"))
            return false;
        var host = text[(scheme + 1)..port];
        if (host.StartsWith('[') && host.EndsWith(']'))
            host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal))
            return false;
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown ||
            !ushort.TryParse(text[(port + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
        {
            return false;
        }
        address = new UpstreamAddress(text[..scheme] == "ssl", host, number);
        return true;
    }

    public override string ToString() =>
        $"{(Tls ? "ssl" : "tcp")}:{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";
}
