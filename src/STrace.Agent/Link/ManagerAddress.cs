using System.Net;
using System.Net.Sockets;

namespace STrace.Agent;

/// <summary>Where a manager listens for agents: <c>IP:PORT</c> or <c>unix:PATH</c>.</summary>
public static class ManagerAddress
{
    private const string UnixPrefix = "unix:";

    /// <exception cref="FormatException">The text is neither form.</exception>
    public static EndPoint Parse(string text)
    {
        if (text.StartsWith(UnixPrefix, StringComparison.Ordinal) && text.Length > UnixPrefix.Length)
            return new UnixDomainSocketEndPoint(text[UnixPrefix.Length..]);
        return IPEndPoint.TryParse(text, out IPEndPoint? endpoint) && endpoint.Port != 0
            ? endpoint
            : throw new FormatException($"'{text}' is not a manager's address: write IP:PORT or unix:PATH");
    }

    internal static Socket CreateSocket(EndPoint endpoint) => endpoint is UnixDomainSocketEndPoint
        ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        : new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
}
