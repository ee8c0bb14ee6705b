using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Capture;

namespace STrace.Agent;

/// <summary>
/// Captures while a session records, and makes blocks of what is seen. One thread begins, flushes and ends; the captures' threads add.
/// </summary>
/// <param name="kind">Of the blocks.</param>
internal sealed class SessionCapture(FrameType kind, Spool spool, OpenSource open, ILogger logger)
{
    private static readonly TimeSpan LongestSettle = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly PendingBlock _block = new(spool); // under the lock
    private string? _session; // changed only while no capture runs
    private volatile CaptureThread[] _captures = []; // of the session that records, or of the last one
    private long _packets; // under the lock, as the next two
    private long _passedNs;
    private long _late;
    private long _droppedTold;

    /// <summary>Counts of the session that records, or of the last one. For any thread.</summary>
    public CaptureStatistics Statistics => _captures.Aggregate(default(CaptureStatistics), (sum, c) => sum + c.Statistics);

    /// <summary>Packets that came with an earlier time than had been told to have passed. For any thread.</summary>
    public long Late => Interlocked.Read(ref _late);

    /// <summary>Up to when all packets are in blocks once they are flushed; for ever where none are captured.</summary>
    public long PassedNs(long nowNs) =>
        _captures.Aggregate(long.MaxValue, (passed, capture) => Math.Min(passed, capture.PassedNs(nowNs, LongestSettle)));

    /// <summary>On return packets are being kept.</summary>
    public void Begin(string session, IEnumerable<(CaptureOptions Options, PacketHandler Handler)> captures)
    {
        (_session, _packets, _droppedTold, _passedNs) = (session, 0, 0, 0);
        _captures = [.. captures.Select(c => new CaptureThread(c.Options, c.Handler, open, logger))];
    }

    public void Add(PacketRecord record)
    {
        lock (_gate)
        {
            record.Write(_block.Payload);
            Count(record.TimeNs);
        }
    }

    public void Add(FrameRecord record)
    {
        lock (_gate)
        {
            record.Write(_block.Payload);
            Count(record.TimeNs);
        }
    }

    /// <summary>Sends what has gathered, full or not.</summary>
    /// <param name="passedNs">What comes behind it with an earlier time is counted.</param>
    public void Flush(long passedNs = 0)
    {
        lock (_gate)
        {
            Cut();
            _passedNs = passedNs;
        }
    }

    /// <summary>Logs what was lost since it was last called.</summary>
    public void LookAfter()
    {
        if (_session is { } session && Statistics.DroppedByKernel is var dropped && dropped > _droppedTold)
            LogMessages.PacketsDropped(logger, _droppedTold = dropped, session);
    }

    /// <summary>On return everything that was seen before the call is in a block.</summary>
    public void End()
    {
        if (_session is not { } session)
            return;
        long deadlineMs = Environment.TickCount64 + (long)LongestSettle.TotalMilliseconds;
        foreach (CaptureThread capture in _captures)
            capture.Settle(deadlineMs);
        foreach (CaptureThread capture in _captures)
            capture.Dispose();
        Flush();
        _session = null;
        LogMessages.CaptureEnded(logger, session, _packets, Statistics.DroppedByKernel);
    }

    private void Count(long timeNs)
    {
        _packets++;
        if (timeNs < _passedNs)
            Interlocked.Increment(ref _late);
        _block.Count(timeNs);
        if (_block.IsFull)
            Cut();
    }

    private void Cut()
    {
        if (_session is { } session)
            _block.Cut(kind, session);
    }
}
