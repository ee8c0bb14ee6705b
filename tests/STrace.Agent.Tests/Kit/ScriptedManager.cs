using System.Net.Sockets;
using STrace.AgentProtocol;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>A manager's door for agents, on a Unix socket.</summary>
internal sealed class ScriptedManager : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public ScriptedManager(string path)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
    }

    /// <summary>The agent's next connection; it has said nothing yet.</summary>
    public async Task<FramePeer> AcceptAsync() => new(await _listener.AcceptAsync().WaitAsync(Patience));

    /// <summary>The agent's next connection, after HELLO and WELCOME.</summary>
    public async Task<FramePeer> WelcomeAsync(long lastStored = 0)
    {
        FramePeer peer = await AcceptAsync();
        await peer.ExpectAsync<HelloFrame>();
        await peer.SendAsync(FrameCodec.Encode(new WelcomeFrame(FrameCodec.Version, lastStored)));
        return peer;
    }

    public void Dispose() => _listener.Dispose();
}
