using Microsoft.Extensions.Hosting;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// Tells the manager which processes the host has, which of them are recorded, and what was lost: when a session begins and ends, when
/// the manager is new, and every few seconds when something has changed.
/// </summary>
internal sealed class ProcessMonitor(
    AgentOptions options, ArenaPool arenas, TickClock clock, Spool spool, AgentCounters counters, PacketSniffer? sniffer = null) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly ProcessScanner _scanner = new(options.Socket, options.Host, options.ClockOffsetNs, () => [.. arenas.All.Select(a => a.Path)]);
    private string _session = "";
    private byte[] _processesTold = [];
    private byte[] _lossTold = [];

    /// <summary>The manager's word on which session records. What is told of one that ends stands before its end in the spool.</summary>
    public void Request(string? session)
    {
        lock (_gate)
        {
            if (session == NullIfEmpty(_session))
                return;
            if (_session.Length > 0)
                Tell();
            _session = session ?? "";
            Forget();
            if (_session.Length > 0)
                Tell();
        }
    }

    /// <summary>A manager that may know nothing is told everything.</summary>
    public void Greet()
    {
        lock (_gate)
            Forget();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery);
        do
        {
            lock (_gate)
            {
                // Outside of sessions only the newest counts: nothing is kept for a manager that is away.
                if (_session.Length > 0 || spool.IsEmpty)
                    Tell();
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private void Forget() => _processesTold = _lossTold = [];

    private void Tell()
    {
        IReadOnlyList<ProcessRecord> processes = _scanner.Scan();
        LossRecord loss = Loss(); // before anything is told: that is not to count as waiting
        Tell(FrameType.Processes, processes.Count, ProcessRecord.Write(processes), ref _processesTold);
        Tell(FrameType.Loss, loss.Counters.Count, loss.Write(), ref _lossTold);
    }

    private void Tell(FrameType kind, int count, byte[] payload, ref byte[] told)
    {
        if (payload.AsSpan().SequenceEqual(told))
            return;
        long now = options.NowNs;
        string session = _session;
        if (spool.Add(sequence => FrameCodec.Encode(new BlockFrame(kind, session, sequence, now, now, count, payload))))
            told = payload;
    }

    private LossRecord Loss()
    {
        SnifferCounters packets = sniffer?.Counters ?? SnifferCounters.None;
        return new LossRecord(
            typeof(ProcessMonitor).Assembly.GetName().Version!.ToString(3),
            clock.Clock == ArenaHeader.ClockTsc ? "tsc" : "monotonic",
            spool.Blocks, spool.Bytes, packets.Received, packets.DroppedByKernel + packets.DroppedByInterface,
            [
                new("threads without a ring", counters.ThreadsWithoutRing),
                new("processes refused", counters.AttachRefused),
                new("processes that could not attach", counters.AttachFailed),
                new("programs that gave up waiting for the agent", counters.AttachGivenUp),
                new("programs with libwrapper that no agent took", _scanner.NeverTaken),
                new("calls lost in full rings", counters.CallsLost),
                new("rings overwritten", counters.RingsOverwritten),
                new("records dropped: spool full", counters.DroppedSpoolFull),
                new("records dropped: spool disk failed", counters.DroppedDiskFailed),
                new("spool bytes torn", counters.SpoolBytesTorn),
                new("records told behind their watermark", counters.RecordsLate),
                new("packets told behind their watermark", sniffer?.Late ?? 0),
                new("calls too long for a watermark to wait", counters.CallsPassedOver),
            ]);
    }
}
