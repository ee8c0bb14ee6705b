using System.Buffers;
using Microsoft.Extensions.Logging;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// One connection that carries OpenFlow, to a switch or to a controller: bytes in, messages out, signs of life, and its end.
/// What is said is its user's business. Reading is one task; <see cref="Close"/> may be called from any thread.
/// </summary>
/// <param name="peer">What the peer is, for explanations: switch, or controller.</param>
/// <param name="name">The peer's name for the log.</param>
internal sealed class MessageLink(
    Connection connection, Outbox outbox, ILinkUser user, ControlOptions options, TimeProvider time, ILogger logger, string peer, Func<string> name)
    : IDisposable
{
    private const int ReadBufferBytes = OpenFlowFraming.MaxMessageLength + 1;
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWordsTimeout = TimeSpan.FromSeconds(1);

    // Never disposed: Close may come from any thread at any time, and without a timer it holds nothing.
    private readonly CancellationTokenSource _stop = new();
    private Disconnect? _disconnect;

    public bool Closed => _disconnect is not null;

    /// <summary>Serves the connection to its end; throws nothing for what the peer does.</summary>
    public async Task<Disconnect> RunAsync(CancellationToken cancellationToken)
    {
        using var stopping = cancellationToken.Register(() => Close(DisconnectReason.Stopped, "the manager stops"));
        using var timer = new PeriodicTimer(CheckInterval, time);
        var life = new LifeWatch(this, user, outbox, options, time);
        var watch = life.RunAsync(timer);
        var pump = PumpAsync();
        outbox.TryWrite(OpenFlowCodec.Encode(new HelloMessage()));
        await ReadAsync(life);

        // What is queued may be the reason why the connection ends: the peer gets a moment to read it.
        outbox.Complete();
        await Task.WhenAny(pump, Task.Delay(LastWordsTimeout, CancellationToken.None));
        await connection.Stream.DisposeAsync();
        timer.Dispose();
        await Task.WhenAll(pump, watch);
        return _disconnect!;
    }

    /// <summary>Ends the connection; the first reason counts.</summary>
    public void Close(DisconnectReason reason, string explanation)
    {
        if (Interlocked.CompareExchange(ref _disconnect, new Disconnect(reason, explanation), null) is null)
            _stop.Cancel();
    }

    public void Dispose() => connection.Dispose();

    private async Task ReadAsync(LifeWatch life)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBufferBytes);
        try
        {
            var filled = 0;
            while (true)
            {
                var count = await connection.Stream.ReadAsync(buffer.AsMemory(filled), _stop.Token);
                life.Seen();
                var room = user.ReadBeginsAsync(_stop.Token);
                if (!room.IsCompletedSuccessfully)
                    await life.WithoutAsync(room);
                var rest = ReceiveAll(buffer.AsMemory(0, filled + count));
                rest.CopyTo(buffer);
                filled = rest.Length;
                if (count > 0)
                    continue;
                var where = filled == 0 ? "" : " in the middle of a message";
                Close(DisconnectReason.ClosedBySwitch, $"closed by the {peer}{where}");
                return;
            }
        }
        catch (OpenFlowProtocolException broken)
        {
            logger.BrokenMessage(name(), broken.MessageType?.ToString() ?? "unknown", broken.Offset, broken.Message);
            Close(DisconnectReason.BrokenMessage, broken.Message);
        }
        catch (IOException lost)
        {
            Close(DisconnectReason.ClosedBySwitch, lost.Message);
        }
        catch (OperationCanceledException)
        {
            // Close has been called and knows why.
        }
        catch (Exception bug)
        {
            // A mistake of ours costs this connection; its state begins anew when the peer comes back.
            logger.SessionFailed(bug, name());
            Close(DisconnectReason.Failed, $"the manager failed on a message: {bug.Message}");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>The beginning of a message whose end is still to come.</returns>
    private ReadOnlyMemory<byte> ReceiveAll(ReadOnlyMemory<byte> received)
    {
        try
        {
            while (_disconnect is null && OpenFlowFraming.TryReadFrame(received.Span, out var length))
            {
                user.Receive(received[..length]);
                received = received[length..];
            }
            return received;
        }
        finally
        {
            user.ReadEnds();
        }
    }

    private async Task PumpAsync()
    {
        try
        {
            await outbox.PumpAsync(connection.Stream);
        }
        catch (Exception lost) when (lost is IOException or ObjectDisposedException)
        {
            Close(DisconnectReason.ClosedBySwitch, lost.Message);
        }
    }
}
