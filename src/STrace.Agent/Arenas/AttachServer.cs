using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;

namespace STrace.Agent;

/// <summary>
/// Hands applications their arena: st_attach_request in, st_attach_reply out, on a Unix socket. Who asks is taken from the
/// socket's peer credentials, never from what it says.
/// </summary>
internal sealed class AttachServer(AgentOptions options, ArenaPool arenas, AgentCounters counters, ILogger<AttachServer> logger) : IDisposable
{
    private const int RequestBytes = 8;
    private const int ReplyBytes = 128;
    private const int PathOffset = 24;
    private const uint StatusOk = 0;
    private const uint StatusVersion = 1;
    private const uint StatusRefused = 2;
    private const int SolSocket = 1;
    private const int SoPeerCred = 17;
    private static readonly TimeSpan RequestDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    /// <exception cref="AgentException">Another agent of this host runs, or the socket cannot be made.</exception>
    public void Listen()
    {
        var endpoint = new UnixDomainSocketEndPoint(options.Socket);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(options.Socket)!);
            if (File.Exists(options.Socket))
            {
                using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                if (Answers(probe, endpoint))
                    throw new AgentException($"an agent of host {options.Host} already listens on {options.Socket}");
                File.Delete(options.Socket);
            }
            _listener.Bind(endpoint);
            _listener.Listen(backlog: 512);
            // Every user's applications attach; what they get is theirs alone.
            File.SetUnixFileMode(options.Socket, (UnixFileMode)0b110_110_110);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new AgentException(
                $"cannot listen for applications on {options.Socket}: {e.Message}; run the agent as root, or give it a --socket of yours",
                e is UnauthorizedAccessException or SocketException { SocketErrorCode: SocketError.AccessDenied });
        }
    }

    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptAsync(ct), ct);
            }
            catch (SocketException e)
            {
                // Out of descriptors, say: who attached already goes on.
                LogMessages.AttachBroken(logger, e.Message);
                await Task.Delay(AcceptRetryDelay, ct);
            }
        }
    }

    public void Dispose()
    {
        bool listening = _listener.IsBound;
        _listener.Dispose();
        if (listening)
            File.Delete(options.Socket);
    }

    private static bool Answers(Socket probe, UnixDomainSocketEndPoint endpoint)
    {
        try
        {
            probe.Connect(endpoint);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task ServeAsync(Socket peer, CancellationToken stop)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
        deadline.CancelAfter(RequestDeadline);
        using (peer)
        {
            try
            {
                var request = new byte[RequestBytes];
                for (int got = 0; got < RequestBytes;)
                {
                    int read = await peer.ReceiveAsync(request.AsMemory(got), deadline.Token);
                    if (read == 0)
                        return; // another agent's probe, or an application that changed its mind
                    got += read;
                }
                var (pid, uid, gid) = Credentials(peer);
                byte[] reply = Reply(request, uid, gid);
                if (!await TrySendAsync(peer, reply, deadline.Token))
                {
                    LogMessages.AttachGivenUp(logger, pid, options.Socket);
                    counters.CountGivenUp();
                }
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                LogMessages.AttachBroken(logger, e.Message);
            }
        }
    }

    private static (int Pid, uint Uid, uint Gid) Credentials(Socket peer)
    {
        Span<byte> credentials = stackalloc byte[12]; // struct ucred
        peer.GetRawSocketOption(SolSocket, SoPeerCred, credentials);
        return (
            BinaryPrimitives.ReadInt32LittleEndian(credentials),
            BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]),
            BinaryPrimitives.ReadUInt32LittleEndian(credentials[8..]));
    }

    /// <summary>False where the application waits no longer: it asked while this host was too busy to answer within a second.</summary>
    private static async Task<bool> TrySendAsync(Socket peer, byte[] reply, CancellationToken ct)
    {
        try
        {
            await peer.SendAsync(reply, ct);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private byte[] Reply(ReadOnlySpan<byte> request, uint uid, uint gid)
    {
        var reply = new byte[ReplyBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(reply, ArenaHeader.WireMagic);
        BinaryPrimitives.WriteUInt32LittleEndian(reply.AsSpan(4), ArenaHeader.WireVersion);
        uint status = StatusOk;
        if (BinaryPrimitives.ReadUInt32LittleEndian(request) != ArenaHeader.WireMagic ||
            BinaryPrimitives.ReadUInt32LittleEndian(request[4..]) != ArenaHeader.WireVersion)
        {
            status = StatusVersion;
        }
        else
        {
            try
            {
                Arena arena = arenas.OfUser(uid, gid);
                BinaryPrimitives.WriteUInt64LittleEndian(reply.AsSpan(16), (ulong)arena.Bytes);
                Encoding.UTF8.GetBytes(arena.Path, reply.AsSpan(PathOffset));
            }
            catch (AgentException e)
            {
                LogMessages.AttachRefused(logger, e.Message);
                status = StatusRefused;
            }
        }
        if (status != StatusOk)
            counters.CountRefused();
        BinaryPrimitives.WriteUInt32LittleEndian(reply.AsSpan(8), status);
        return reply;
    }
}
