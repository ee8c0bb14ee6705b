using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace STrace.Control;

/// <summary>
/// What is on its way to one peer. Any thread queues, under one lock and without waiting. What the socket takes at once is
/// written there and then; the rest by one task. The lock also orders what the recorder sees, so that its order is the wire's.
/// </summary>
/// <param name="direct">The socket below the stream, not blocking; null where only the stream may be written (TLS).</param>
internal sealed class Outbox(int limitBytes, TimeProvider time, Socket? direct = null)
{
    private const int WriteBytes = 1 << 16;

    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _gathered = new();
    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: WriteBytes, useSynchronizationContext: false));

    private long _waitingBytes;
    private long _progressTimestamp = time.GetTimestamp();
    private TaskCompletionSource? _progress;
    private bool _holding;
    private bool _closed;

    /// <summary>Sees every message in the order of the wire, or in that of reading; set before the connection starts.</summary>
    public HeldRecorder? Recorder { get; init; }

    public long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    /// <summary>How long the peer has not taken a byte of what waits for it; zero while nothing waits.</summary>
    public TimeSpan Stalled =>
        WaitingBytes == 0 ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _progressTimestamp));

    /// <summary>Queues one message and sends it, unless <see cref="Hold"/> is in force.</summary>
    /// <returns>False when too much waits already, or the connection is closed: the message was not queued.</returns>
    public bool TryWrite(ReadOnlyMemory<byte> frame) => TryWrite(frame, frame);

    /// <param name="recorded">The message as the recorder is to see it, where the wire's is another.</param>
    /// <param name="flush">False when more follows at once, and <see cref="Flush"/> after it.</param>
    /// <inheritdoc cref="TryWrite(ReadOnlyMemory{byte})"/>
    public bool TryWrite(ReadOnlyMemory<byte> frame, ReadOnlyMemory<byte> recorded, bool flush = true)
    {
        lock (_gate)
        {
            var waiting = WaitingBytes;
            if (_closed || waiting + frame.Length > limitBytes)
                return false;
            if (waiting == 0)
                Interlocked.Exchange(ref _progressTimestamp, time.GetTimestamp());

            Recorder?.Sent(recorded.Span);
            _gathered.Write(frame.Span);
            Interlocked.Add(ref _waitingBytes, frame.Length);
            if ((flush && !_holding) || _gathered.WrittenCount >= WriteBytes)
                Send();
            return true;
        }
    }

    /// <summary>Sends what is queued.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            if (!_closed)
                Send();
        }
    }

    /// <summary>Records a message from the switch, in order with those to it.</summary>
    public void RecordReceived(ReadOnlyMemory<byte> frame)
    {
        if (Recorder is not { IsNeeded: true } || !Recorder.Received(frame.Span))
            return;
        lock (_gate)
            Recorder.HandOn();
    }

    /// <summary>Hands on what was held back for want of the dpid.</summary>
    public void ReleaseRecorder(ulong dpid)
    {
        lock (_gate)
            Recorder?.Release(dpid);
    }

    /// <summary>Until <see cref="Release"/>, what is queued stays: the answers to one read go out in one write.</summary>
    public void Hold()
    {
        lock (_gate)
            _holding = true;
    }

    public void Release()
    {
        lock (_gate)
        {
            _holding = false;
            Recorder?.EndRead();
            if (!_closed)
                Send();
        }
    }

    /// <summary>Waits until no more than half of the limit waits: a switch that asks faster than it reads waits for itself alone.</summary>
    public ValueTask WaitForRoomAsync(CancellationToken cancellationToken) => WaitForRoomAsync(limitBytes / 2, cancellationToken);

    /// <summary>Waits until no more than this waits.</summary>
    public ValueTask WaitForRoomAsync(int mostBytes, CancellationToken cancellationToken) =>
        WaitingBytes <= mostBytes ? ValueTask.CompletedTask : new ValueTask(WaitForProgressAsync(mostBytes, cancellationToken));

    /// <summary>No more is taken; the pump ends when all is written.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            Send();
            _closed = true;
            _pipe.Writer.Complete();
        }
    }

    /// <summary>Writes what the socket did not take at once, until <see cref="Complete"/> or until the stream fails or is closed.</summary>
    public async Task PumpAsync(Stream stream)
    {
        while (true)
        {
            var result = await _pipe.Reader.ReadAsync();
            foreach (var segment in result.Buffer)
            {
                await stream.WriteAsync(segment);
                lock (_gate)
                    Written(segment.Length);
            }
            _pipe.Reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    private async Task WaitForProgressAsync(int mostBytes, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task progress;
            lock (_gate)
            {
                if (WaitingBytes <= mostBytes)
                    return;
                _progress ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                progress = _progress.Task;
            }
            await progress.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Sends what is gathered: to the socket while nothing waits in the pipe, what it does not take to the pipe.</summary>
    private void Send()
    {
        Recorder?.EndBurst(); // so that nothing goes out before it is recorded
        var gathered = _gathered.WrittenSpan;
        if (gathered.IsEmpty)
            return;
        var sent = WaitingBytes == gathered.Length ? SendDirectly(gathered) : 0;
        if (sent < gathered.Length)
        {
            _pipe.Writer.Write(gathered[sent..]);

            // Completes at once: the pipe has no pause threshold, the limit is kept in TryWrite.
            var flushed = _pipe.Writer.FlushAsync();
            Debug.Assert(flushed.IsCompletedSuccessfully);
        }
        _gathered.ResetWrittenCount();
    }

    /// <summary>How many bytes the socket took; what it cannot take, or fails on, is the pump's business.</summary>
    private int SendDirectly(ReadOnlySpan<byte> bytes)
    {
        if (direct is null)
            return 0;
        try
        {
            var sent = direct.Send(bytes, SocketFlags.None, out _);
            if (sent > 0)
                Written(sent);
            return Math.Max(sent, 0);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    private void Written(int bytes)
    {
        if (Interlocked.Add(ref _waitingBytes, -bytes) > 0)
            Interlocked.Exchange(ref _progressTimestamp, time.GetTimestamp());
        _progress?.SetResult();
        _progress = null;
    }
}
