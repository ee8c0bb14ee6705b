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

    // The rest is for sessions, switches and commands; the runtime alone holds some 200 descriptors, and dies without one more.
    private static readonly int MaxConnections = Math.Clamp(Math.Min(OpenFiles() / 2, OpenFiles() - ReservedDescriptors), 1, 4096);
    private const int ReservedDescriptors = 280;

    private Socket? _listener;
    private int _connections;
    private bool _fullTold;

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
                if (HasRoom())
                    _ = ServeAsync(socket, stoppingToken);
                else
                    socket.Dispose();
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

    private bool HasRoom()
    {
        bool room = Volatile.Read(ref _connections) < MaxConnections;
        if (!room && !_fullTold)
            LogMessages.TooManyAgents(logger, MaxConnections);
        _fullTold = !room;
        return room;
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        Interlocked.Increment(ref _connections);
        await new AgentConnection(socket, sessions, logger).RunAsync(registry, stop);
        Interlocked.Decrement(ref _connections);
    }

    /// <summary>The limit of this process (proc(5), /proc/PID/limits).</summary>
    private static int OpenFiles() => File.ReadLines("/proc/self/limits")
        .First(l => l.StartsWith("Max open files", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)[3] is var soft && int.TryParse(soft, out int files) ? files : int.MaxValue;

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
