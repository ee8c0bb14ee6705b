using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;
using STrace.Capture;

namespace STrace.Agent;

/// <summary>The thread that keeps the frames that come out of the datastore's ports while a session records.</summary>
internal sealed class FrameRecorder(DatastoreOptions options, Spool spool, OpenSource open, ILogger<FrameRecorder> logger) : IDisposable
{
    private static readonly TimeSpan FlushEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LookAfterEvery = TimeSpan.FromSeconds(1);

    private readonly BlockingCollection<string?> _requested = [];
    private readonly SessionCapture _capture = new(FrameType.Mirrored, spool, open, logger);
    private string? _session;
    private long _sentBefore;

    /// <summary>The manager's word on which session records; null for none.</summary>
    public void Request(string? session) => _requested.Add(session);

    public void Run(CancellationToken stop)
    {
        long lookedAfter = 0;
        while (!stop.IsCancellationRequested)
        {
            if (_requested.TryTake(out string? session, FlushEvery))
                Switch(session);
            _capture.Flush();
            if (Environment.TickCount64 - lookedAfter >= LookAfterEvery.TotalMilliseconds)
            {
                _capture.LookAfter();
                lookedAfter = Environment.TickCount64;
            }
        }
        Switch(null);
    }

    public void Dispose() => _requested.Dispose();

    private void Switch(string? session)
    {
        if (session == _session)
            return;

        if (_session is { } ended)
        {
            _capture.End();
            LogMessages.Disarmed(logger, ended, spool.Sequence - _sentBefore);
            spool.Add(sequence => FrameCodec.Encode(new WatermarkFrame(ended, sequence, TickClock.NowNs, spool.Dropped)), always: true);
        }
        _session = session;
        if (session is not null)
        {
            _sentBefore = spool.Sequence;
            _capture.Begin(session, options.Ports.Select(p => (Capture(p.Interface), Keep(p))));
            spool.Add(sequence => FrameCodec.Encode(new ArmedFrame(session, sequence)), always: true);
            LogMessages.Armed(logger, session);
        }
    }

    /// <summary>A jumbo frame. In immediate mode the kernel's buffer has a slot of this size for each frame.</summary>
    private const int LongestFrame = 9216;

    /// <summary>Whole frames that arrive, for whomever they are, and none of those that the datastore sends.</summary>
    private static CaptureOptions Capture(string interfaceName) => new()
    {
        Interface = interfaceName,
        SnapLength = LongestFrame,
        Promiscuous = true,
        Direction = PacketDirection.In,
        Delay = TimeSpan.Zero, // packets that wait for a batch to fill have been seen to be lost when a short session ends
    };

    private PacketHandler Keep(DatastorePort port) => (in CapturedPacketHeader header, ReadOnlySpan<byte> frame) =>
        _capture.Add(new FrameRecord(header.TimeNs, port.Dpid, port.Port, frame));
}
