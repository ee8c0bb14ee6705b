using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace STrace.Manager;

/// <summary>The door for agents: a TCP port, or a Unix socket, which crosses network namespaces.</summary>
internal sealed class AgentListener(
    ManagerOptions options, AgentRegistry registry, SessionService sessions, ILogger<AgentListener> logger) : BackgroundService
{
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    private Socket? _listener;

    /// <summary>Where it listens, with the port that was taken.</summary>
    public EndPoint? Bound => _listener?.LocalEndPoint;

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        bool unix = options.Agents is UnixDomainSocketEndPoint;
        _listener = new Socket(options.Agents.AddressFamily, SocketType.Stream, unix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        try
        {
            if (unix)
                RemoveStale(options.Agents);
            _listener.Bind(options.Agents);
            _listener.Listen(backlog: 512);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new ManagerException(
                e is SocketException { SocketErrorCode: SocketError.AccessDenied } or UnauthorizedAccessException ? ManagerError.Permission : ManagerError.No,
                $"cannot listen for agents on {options.Agents}: {e.Message} (does another manager run? choose another place with --agents)");
        }
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener!.AcceptAsync(stoppingToken);
                _ = new AgentConnection(socket, sessions, logger).RunAsync(registry, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException failure)
            {
                // Out of descriptors, say: the connections that there are go on.
                LogMessages.AcceptFailed(logger, failure.Message);
                await Task.Delay(AcceptRetryDelay, CancellationToken.None);
            }
        }
    }

    public override void Dispose()
    {
        bool listening = _listener is { IsBound: true };
        _listener?.Dispose();
        if (listening && options.Agents is UnixDomainSocketEndPoint)
            File.Delete(options.Agents.ToString()!);
        base.Dispose();
    }

    /// <summary>A killed manager leaves its socket's name behind; one that answers is a running manager's.</summary>
    private static void RemoveStale(EndPoint endpoint)
    {
        string path = endpoint.ToString()!;
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (!File.Exists(path))
            return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endpoint);
        }
        catch (SocketException)
        {
            File.Delete(path);
            return;
        }
        throw new IOException("Address already in use");
    }
}
