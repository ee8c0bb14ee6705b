using System.Net.Sockets;

namespace STrace.Control;

/// <summary>One upstream of one switch: dials it, again and again, for as long as the switch is there.</summary>
internal sealed class Upstream(UpstreamAddress address, int index, ProxySwitch owner, ProxyServices services) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);

    // Never disposed, as MessageLink's.
    private readonly CancellationTokenSource _stop = new();
    private volatile UpstreamSession? _session;

    // Of RunAsync alone: the last connection came to an agreement.
    private bool _wasSettled;

    public int Index => index;

    public void Start() => _ = RunAsync();

    /// <summary>Ends connection and dialling.</summary>
    public void Dispose() => _stop.Cancel();

    /// <summary>A message of the switch's, sent with the next <see cref="Flush"/>; dropped while the upstream is not there.</summary>
    public void Forward(ReadOnlyMemory<byte> frame) => _session?.Forward(frame);

    /// <summary>A message of the manager's own.</summary>
    public void Send(byte[] frame) => _session?.Send(frame);

    public void Flush() => _session?.Flush();

    public ValueTask WaitForRoomAsync(int mostBytes, CancellationToken cancellationToken) =>
        _session?.WaitForRoomAsync(mostBytes, cancellationToken) ?? ValueTask.CompletedTask;

    private string Name => $"{address} of switch {owner.Datapath.Dpid:x16}";

    private async Task RunAsync()
    {
        var pause = FirstPause;
        string? told = null;
        while (true)
        {
            var (reason, why) = await ServeAsync();
            if (reason == DisconnectReason.Stopped)
                return;
            if (why != told)
                services.Logger.UpstreamDown(Name, why);
            told = why;
            if (_wasSettled)
                (pause, told) = (FirstPause, null);
            try
            {
                // Not all switches at once: up to a fourth less.
                await Task.Delay(pause * (1 - (Random.Shared.NextDouble() / 4)), services.Time, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task<Disconnect> ServeAsync()
    {
        _wasSettled = false;
        UpstreamSession? session = null;
        try
        {
            session = new UpstreamSession(await DialAsync(), this, owner, services, Name);
            _session = session;
            var end = await session.RunAsync(_stop.Token);
            _wasSettled = session.Settled;
            return end;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            return new Disconnect(DisconnectReason.Stopped, "the switch is gone");
        }
        catch (OperationCanceledException)
        {
            return new Disconnect(DisconnectReason.NoHandshake, $"no connection within {services.Options.HandshakeTimeout.TotalSeconds} s");
        }
        catch (Exception failed) when (failed is SocketException or ControlException)
        {
            return new Disconnect(DisconnectReason.ClosedBySwitch, failed.Message);
        }
        catch (Exception bug)
        {
            services.Logger.SessionFailed(bug, Name);
            return new Disconnect(DisconnectReason.Failed, bug.Message);
        }
        finally
        {
            _session = null;
            session?.Dispose();
            await owner.UpstreamGoneAsync(this);
        }
    }

    private async Task<Connection> DialAsync()
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        deadline.CancelAfter(services.Options.HandshakeTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, deadline.Token);
            return address.Tls
                ? await services.Tls!.ConnectAsync(socket, address.Host, deadline.Token)
                : Connection.Plain(socket, socket.RemoteEndPoint!);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
