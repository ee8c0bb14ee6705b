namespace STrace.Agent;

/// <summary>
/// The time up to which everything is in the rings and the packets' blocks, so that it is on its way to the manager when these have been
/// drained and flushed. Owned by the drain thread.
/// </summary>
internal sealed class Watermark(AgentOptions options, ArenaPool arenas, TickClock clock, PacketSniffer? sniffer)
{
    /// <summary>
    /// Between the time that a thread or the kernel reads and what this thread then sees of it; and between two conversions of one
    /// time from ticks, while the system's clock is being slewed.
    /// </summary>
    private static readonly TimeSpan Guard = TimeSpan.FromMilliseconds(5);

    /// <summary>Nothing that has its effect earlier will come behind a pass that follows the last look; ns since the epoch, never falls.</summary>
    public long PassedNs { get; private set; }

    /// <summary>A session begins: what the one before it said does not count.</summary>
    public void Begin() => PassedNs = 0;

    /// <summary>Looks at all rings and captures. Right before a pass over the rings, because a call that ends meanwhile is drained then.</summary>
    /// <param name="recording">A session records; else no call is too long to wait for.</param>
    public void Look(bool recording)
    {
        ulong now = clock.Sample();
        TickClock.Rate rate = clock.Now;
        ulong oldest = recording ? now - (ulong)(options.LongestHold.TotalNanoseconds / rate.NsPerTick) : 0;
        ulong known = now;
        foreach (Arena arena in arenas.All)
            known = Math.Min(known, arena.LookAtCalls(now, oldest));
        long passedNs = Math.Min(rate.ToNs(known), sniffer?.PassedNs(rate.RealtimeNs) ?? long.MaxValue);
        PassedNs = Math.Max(PassedNs, passedNs - (long)Guard.TotalNanoseconds);
    }
}
