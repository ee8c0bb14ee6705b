namespace STrace.Apps.Kestrel;

internal static class Clock
{
    /// <summary>CLOCK_REALTIME in ns since the epoch, to 100 ns.</summary>
    public static long NowNs() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
}
