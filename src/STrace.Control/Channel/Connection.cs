using System.Net;
using System.Net.Sockets;

namespace STrace.Control;

/// <summary>The bytes to and from one peer.</summary>
/// <param name="Direct">The socket, where it may be written without the stream, which is then not blocked; null under TLS.</param>
internal sealed record Connection(Stream Stream, Socket? Direct, EndPoint Peer) : IDisposable
{
    /// <summary>A connection without TLS.</summary>
    public static Connection Plain(Socket socket, EndPoint peer) => new(new LoopStream(socket), socket, peer);

    public void Dispose() => Stream.Dispose();
}
