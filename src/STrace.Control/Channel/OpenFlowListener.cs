using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace STrace.Control;

/// <summary>Where switches connect. One object listens once.</summary>
public sealed class OpenFlowListener : IDisposable
{
    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly SessionServices _services;
    private readonly ILogger _logger;
    private readonly TlsIdentity? _tls;
    private readonly HashSet<Task> _sessions = [];
    private Socket? _socket;

    /// <param name="recorder">Sees every message of every switch; null records nothing.</param>
    /// <param name="datastores">Where rules get a mirror on their way; null where there are none.</param>
    /// <param name="tls">Switches must speak TLS; null where they must not.</param>
    public OpenFlowListener(
        ControlOptions options,
        SwitchRegistry registry,
        IControlPlane plane,
        IControlRecorder? recorder,
        TimeProvider time,
        ILogger<OpenFlowListener> logger,
        DatastorePorts? datastores = null,
        TlsIdentity? tls = null)
    {
        _tls = tls;
        _logger = logger;
        _services = new SessionServices(options, registry, plane, recorder, datastores, time, new ControlClock(time), logger);
    }

    /// <summary>The address in use, with the port that port 0 became; after <see cref="Start"/>.</summary>
    public IPEndPoint BoundEndpoint =>
        (IPEndPoint?)_socket?.LocalEndPoint ?? throw new InvalidOperationException($"{nameof(Start)} has not been called");

    /// <summary>Takes the address.</summary>
    /// <exception cref="ControlException">The address is in use, or not this machine's.</exception>
    public void Start()
    {
        var endpoint = _services.Options.Listen;
        _socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _socket.Bind(endpoint);
            _socket.Listen();
        }
        catch (SocketException failure)
        {
            _socket.Dispose();
            var why = failure.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? "the address is in use (does another manager run?)"
                : failure.Message;
            throw new ControlException($"cannot listen for switches on {endpoint}: {why}", failure);
        }
        _logger.Listening(BoundEndpoint);
    }

    /// <summary>Serves switches until it is cancelled, then closes their connections.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var socket = _socket ?? throw new InvalidOperationException($"{nameof(Start)} has not been called");
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                Serve(await socket.AcceptAsync(cancellationToken), cancellationToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
            catch (SocketException failure)
            {
                // Out of descriptors, or the peer has gone before it was accepted: the others go on.
                _logger.AcceptFailed(failure.Message);
                await Task.Delay(AcceptRetryDelay, CancellationToken.None);
            }
        }
        Task[] open;
        lock (_sessions)
            open = [.. _sessions];
        await Task.WhenAll(open);
    }

    public void Dispose() => _socket?.Dispose();

    private void Serve(Socket connection, CancellationToken cancellationToken)
    {
        connection.NoDelay = true;
        var session = ServeAsync(connection, cancellationToken);
        lock (_sessions)
            _sessions.Add(session);
        _ = session.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

        void Forget(Task ended)
        {
            lock (_sessions)
                _sessions.Remove(ended);
        }
    }

    private async Task ServeAsync(Socket connection, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var peer = connection.RemoteEndPoint;
        _logger.Accepted(peer);
        try
        {
            using var session = new SwitchSession(await OpenAsync(connection, cancellationToken), _services);
            await session.RunAsync(cancellationToken);
        }
        catch (ControlException refused)
        {
            connection.Dispose();
            _logger.SwitchRefused(refused.Message);
        }
        catch (Exception bug)
        {
            // From a subscriber of the registry, say: the other connections go on.
            connection.Dispose();
            _logger.SessionFailed(bug, $"{peer}");
        }
    }

    private async Task<Connection> OpenAsync(Socket socket, CancellationToken cancellationToken)
    {
        if (_tls is null)
            return Connection.Plain(socket, socket.RemoteEndPoint!);
        var timeout = _services.Options.HandshakeTimeout;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        try
        {
            return await _tls.AcceptAsync(socket, deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new ControlException($"no TLS within {timeout.TotalSeconds} s");
        }
    }
}
