using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// Turns the arena's ticks into ns since the epoch. It is sampled once a second, so that a time is never further than that from a
/// sample, and an error of the rate stays far below a microsecond. Owned by the drain thread.
/// </summary>
internal sealed class TickClock
{
    private static readonly TimeSpan FirstBaseline = TimeSpan.FromMilliseconds(50);

    private readonly long _offsetNs;
    private readonly (ulong Ticks, ulong MonotonicNs) _first;
    private ulong _ticks;
    private ulong _monotonicNs;
    private long _realtimeNs;
    private double _nsPerTick;

    /// <summary>ST_CLOCK_*: what libwrapper is to read.</summary>
    public uint Clock { get; } = HostLibrary.TscInvariant() == 1 ? ArenaHeader.ClockTsc : ArenaHeader.ClockMonotonic;

    /// <param name="offsetNs">Added to all times.</param>
    public TickClock(long offsetNs = 0)
    {
        _offsetNs = offsetNs;
        var (ticks, monotonicNs, _) = Read();
        _first = (ticks, monotonicNs);
        Thread.Sleep(FirstBaseline); // the rate needs two samples some time apart
        Sample();
    }

    public double NsPerTick => _nsPerTick;

    /// <summary>ns since the epoch by the machine's clock, now.</summary>
    public static long NowNs => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    /// <returns>The current tick.</returns>
    public ulong Sample()
    {
        (_ticks, _monotonicNs, _realtimeNs) = Read();
        _nsPerTick = (double)(_monotonicNs - _first.MonotonicNs) / (_ticks - _first.Ticks);
        return _ticks;
    }

    /// <summary>The conversion that holds until the next sample.</summary>
    public Rate Now => new(_ticks, _realtimeNs, _nsPerTick);

    /// <summary>Turns ticks into ns: by the moment of a sample and the rate.</summary>
    public readonly record struct Rate(ulong Ticks, long RealtimeNs, double NsPerTick)
    {
        public long ToNs(ulong ticks) => RealtimeNs + (long)((long)(ticks - Ticks) * NsPerTick);

        /// <param name="ticks">Of 48 bits; what saturates stays saturated.</param>
        public ulong Duration(ulong ticks) => Math.Min((ulong)(long)((long)ticks * NsPerTick), WireRecord.DurationMask);
    }

    private (ulong Ticks, ulong MonotonicNs, long RealtimeNs) Read()
    {
        int error = HostLibrary.Clock(Clock, out ulong ticks, out ulong monotonicNs, out ulong realtimeNs);
        return error == 0
            ? (ticks, monotonicNs, (long)realtimeNs + _offsetNs)
            : throw new AgentException($"the host's clock {Clock} cannot be read (error {-error})");
    }
}
