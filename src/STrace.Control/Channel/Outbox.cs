using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;

namespace STrace.Control;

/// <summary>
/// What is on its way to one switch. Any thread queues, under one lock and without waiting; one task writes. The lock also
/// orders what the recorder sees, so that its order is the wire's.
/// </summary>
internal sealed class Outbox(int limitBytes, TimeProvider time) : IDisposable
{
    private const int WriteBytes = 1 << 16;

    private readonly Lock _gate = new();
    private readonly Pipe _pipe = new(new PipeOptions(
        pauseWriterThreshold: 0, resumeWriterThreshold: 0, minimumSegmentSize: WriteBytes, useSynchronizationContext: false));

    private readonly SemaphoreSlim _drained = new(0, 1);
    private long _waitingBytes;
    private long _progressTimestamp = time.GetTimestamp();
    private bool _holding;
    private bool _closed;

    /// <summary>Sees every message in the order of the wire, or in that of reading; set before the connection starts.</summary>
    public HeldRecorder? Recorder { get; init; }

    public long WaitingBytes => Interlocked.Read(ref _waitingBytes);

    /// <summary>How long the peer has not taken a byte of what waits for it; zero while nothing waits.</summary>
    public TimeSpan Stalled =>
        WaitingBytes == 0 ? TimeSpan.Zero : time.GetElapsedTime(Interlocked.Read(ref _progressTimestamp));

    /// <summary>Queues one message.</summary>
    /// <returns>False when too much waits already, or the connection is closed: the message was not queued.</returns>
    public bool TryWrite(ReadOnlyMemory<byte> frame) => TryWrite(frame, frame);

    /// <param name="recorded">The message as the recorder is to see it, where the wire's is another.</param>
    /// <inheritdoc cref="TryWrite(ReadOnlyMemory{byte})"/>
    public bool TryWrite(ReadOnlyMemory<byte> frame, ReadOnlyMemory<byte> recorded)
    {
        lock (_gate)
        {
            var waiting = WaitingBytes;
            if (_closed || waiting + frame.Length > limitBytes)
                return false;
            if (waiting == 0)
                Interlocked.Exchange(ref _progressTimestamp, time.GetTimestamp());

            Recorder?.Record(ControlDirection.ToSwitch, recorded);
            _pipe.Writer.Write(frame.Span);
            Interlocked.Add(ref _waitingBytes, frame.Length);
            if (!_holding)
                Flush();
            return true;
        }
    }

    /// <summary>Records a message from the switch, in order with those to it.</summary>
    public void RecordReceived(ReadOnlyMemory<byte> frame)
    {
        if (Recorder is null)
            return;
        lock (_gate)
            Recorder.Record(ControlDirection.FromSwitch, frame);
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
            if (!_closed)
                Flush();
        }
    }

    /// <summary>Waits until half of the limit is free: a switch that asks faster than it reads waits for itself alone.</summary>
    public async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        while (WaitingBytes > limitBytes / 2)
            await _drained.WaitAsync(cancellationToken);
    }

    /// <summary>No more is taken; the pump ends when all is written.</summary>
    public void Complete()
    {
        lock (_gate)
        {
            if (_closed)
                return;
            _closed = true;
            _pipe.Writer.Complete();
        }
    }

    /// <summary>Writes until <see cref="Complete"/> or until the stream fails or is closed.</summary>
    public async Task PumpAsync(Stream stream)
    {
        while (true)
        {
            var result = await _pipe.Reader.ReadAsync();
            foreach (var segment in result.Buffer)
            {
                await stream.WriteAsync(segment);
                Interlocked.Add(ref _waitingBytes, -segment.Length);
                Interlocked.Exchange(ref _progressTimestamp, time.GetTimestamp());
                if (_drained.CurrentCount == 0)
                    _drained.Release();
            }
            _pipe.Reader.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
                return;
        }
    }

    public void Dispose() => _drained.Dispose();

    private void Flush()
    {
        // Completes at once: the pipe has no pause threshold, the limit is kept in TryWrite.
        var flushed = _pipe.Writer.FlushAsync();
        Debug.Assert(flushed.IsCompletedSuccessfully);
    }
}
