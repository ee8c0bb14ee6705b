using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// The thread that empties the rings. It alone reads them, arms and disarms them and builds blocks, so nothing of that is locked.
/// It also says when packets are captured, so that they begin and end with the session.
/// </summary>
internal sealed class DrainLoop(
    AgentOptions options, ArenaPool arenas, TickClock clock, Spool spool, AgentCounters counters, ILogger<DrainLoop> logger,
    PacketSniffer? sniffer = null) : ILinkHandler
{
    private const int FlushEveryMs = 50;
    private const int LookEveryMs = 100;
    private const int LookAfterEveryMs = 1000;

    /// <summary>A call that saw the arena armed publishes its record within this time of the disarming, or counts as later.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<string?> _requested = new();
    private readonly Watermark _watermark = new(options, arenas, clock, sniffer);
    private readonly Dictionary<Arena, uint> _noSlotTold = [];
    private string? _session;
    private long _sentBefore;

    public void Request(string? session) => _requested.Enqueue(session);

    public void Run(CancellationToken stop)
    {
        var builder = new BlockBuilder(clock, spool, counters);
        var pace = new DrainPace(options.RecordsPerRing);
        long flushed = Environment.TickCount64;
        long looked = 0;
        long lookedAfter = 0;
        while (!stop.IsCancellationRequested)
        {
            long now = Environment.TickCount64;
            Look look = Look.Away;
            if (now - lookedAfter >= LookAfterEveryMs)
            {
                LookAfter();
                look = Look.Closely;
                lookedAfter = looked = now;
            }
            else if (now - looked >= LookEveryMs)
            {
                look = Look.Briefly;
                looked = now;
            }

            while (_requested.TryDequeue(out string? session))
                Switch(builder, session);

            bool flush = now - flushed >= FlushEveryMs;
            if (flush)
                _watermark.Look(_session is not null);
            int most = DrainAll(builder, look);
            if (flush)
            {
                Flush(builder);
                flushed = now;
            }
            if (pace.After(most, _session is not null) is { Ticks: > 0 } pause)
                HostLibrary.Sleep(pause);
        }
        Switch(builder, null);
    }

    private void LookAfter()
    {
        ulong ticks = clock.Sample();
        long noSlot = 0, attachFailed = 0;
        foreach (Arena arena in arenas.All)
        {
            arena.Beat(ticks);
            noSlot += arena.NoSlot;
            attachFailed += arena.AttachFailed;
            if (arena.NoSlot > _noSlotTold.GetValueOrDefault(arena))
                LogMessages.NoFreeRing(logger, _noSlotTold[arena] = arena.NoSlot, arena.Number);
        }
        counters.ThreadsWithoutRing = noSlot;
        counters.AttachFailed = attachFailed;
        sniffer?.LookAfter();
    }

    private int DrainAll(BlockBuilder builder, Look look)
    {
        int most = 0;
        foreach (Arena arena in arenas.All)
            most = Math.Max(most, arena.Drain(builder, look));
        return most;
    }

    private void Flush(BlockBuilder builder)
    {
        long passedNs = builder.PassedNs = _watermark.PassedNs;
        builder.Flush();
        sniffer?.Flush(passedNs);
        if (_session is { } session)
            spool.AddPassed(sequence => FrameCodec.Encode(new PassedFrame(session, sequence, passedNs, counters.Dropped)));
    }

    private void Switch(BlockBuilder builder, string? session)
    {
        if (session == _session)
            return;

        if (_session is { } ended)
        {
            arenas.Arm(false);
            Thread.Sleep(Settle);
            DrainAll(builder, Look.Closely);
            builder.End();
            sniffer?.End();
            LogMessages.Disarmed(logger, ended, spool.Sequence - _sentBefore);
            spool.Add(sequence => FrameCodec.Encode(new WatermarkFrame(ended, sequence, options.NowNs, counters.Dropped)), always: true);
        }
        else
        {
            DrainAll(builder, Look.Closely); // what came before the session is not of it
        }

        _session = session;
        if (session is not null)
        {
            _sentBefore = spool.Sequence;
            _watermark.Begin();
            builder.PassedNs = 0;
            builder.Begin(session, arenas.All.Select(a => a.Objects));
            sniffer?.Begin(session);
            arenas.Arm(true);
            spool.Add(sequence => FrameCodec.Encode(new ArmedFrame(session, sequence)), always: true);
            LogMessages.Armed(logger, session);
        }
    }
}
