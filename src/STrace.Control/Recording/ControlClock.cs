namespace STrace.Control;

/// <summary>Nanoseconds since the epoch: the wall clock read once, carried on by the monotonic one, which has the resolution.</summary>
internal sealed class ControlClock(TimeProvider time)
{
    private const long SecondNs = 1_000_000_000;

    private readonly long _startNs = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
    private readonly long _startTimestamp = time.GetTimestamp();
    private readonly long _frequency = time.TimestampFrequency;

    public long NowNs
    {
        get
        {
            var passed = time.GetTimestamp() - _startTimestamp;
            return _startNs + (_frequency == SecondNs ? passed : (long)((Int128)passed * SecondNs / _frequency));
        }
    }
}
