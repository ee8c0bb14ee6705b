using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// The thread that empties the rings. It alone reads them, arms and disarms them and builds blocks, so nothing of that is locked.
/// It also says when packets are captured, so that they begin and end with the session.
/// </summary>
internal sealed class DrainLoop(
    ArenaPool arenas, TickClock clock, Spool spool, ILogger<DrainLoop> logger, PacketSniffer? sniffer = null) : ILinkHandler
{
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Idle = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan FlushEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LookAfterEvery = TimeSpan.FromSeconds(1);

    /// <summary>A call that saw the arena armed publishes its record within this time of the disarming, or counts as later.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentQueue<string?> _requested = new();
    private readonly Dictionary<Arena, uint> _noSlotTold = [];
    private string? _session;
    private long _sentBefore;

    public void Request(string? session) => _requested.Enqueue(session);

    public void Run(CancellationToken stop)
    {
        var builder = new BlockBuilder(clock, spool);
        long flushed = Environment.TickCount64;
        long lookedAfter = 0;
        while (!stop.IsCancellationRequested)
        {
            bool lookAfter = Environment.TickCount64 - lookedAfter >= LookAfterEvery.TotalMilliseconds;
            if (lookAfter)
                lookedAfter = LookAfter();

            while (_requested.TryDequeue(out string? session))
                Switch(builder, session);

            bool any = DrainAll(builder, lookAfter);
            if (Environment.TickCount64 - flushed >= FlushEvery.TotalMilliseconds)
            {
                builder.Flush();
                sniffer?.Flush();
                flushed = Environment.TickCount64;
            }
            stop.WaitHandle.WaitOne(any ? Busy : Idle);
        }
        Switch(builder, null);
    }

    private long LookAfter()
    {
        ulong ticks = clock.Sample();
        foreach (Arena arena in arenas.All)
        {
            arena.Beat(ticks);
            if (arena.NoSlot > _noSlotTold.GetValueOrDefault(arena))
                LogMessages.NoFreeRing(logger, _noSlotTold[arena] = arena.NoSlot, arena.Number);
        }
        sniffer?.LookAfter();
        return Environment.TickCount64;
    }

    private bool DrainAll(BlockBuilder builder, bool freeDead)
    {
        bool any = false;
        foreach (Arena arena in arenas.All)
            any |= arena.Drain(builder, freeDead);
        return any;
    }

    private void Switch(BlockBuilder builder, string? session)
    {
        if (session == _session)
            return;

        if (_session is { } ended)
        {
            arenas.Arm(false);
            Thread.Sleep(Settle);
            DrainAll(builder, freeDead: true);
            builder.End();
            sniffer?.End();
            LogMessages.Disarmed(logger, ended, spool.Sequence - _sentBefore);
            spool.Add(sequence => FrameCodec.Encode(new WatermarkFrame(ended, sequence, TickClock.NowNs, spool.Dropped)), always: true);
        }
        else
        {
            DrainAll(builder, freeDead: true); // what came before the session is not of it
        }

        _session = session;
        if (session is not null)
        {
            _sentBefore = spool.Sequence;
            builder.Begin(session);
            sniffer?.Begin(session);
            arenas.Arm(true);
            spool.Add(sequence => FrameCodec.Encode(new ArmedFrame(session, sequence)), always: true);
            LogMessages.Armed(logger, session);
        }
    }
}
