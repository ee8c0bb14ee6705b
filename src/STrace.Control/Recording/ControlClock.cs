namespace STrace.Control;

/// <summary>Nanoseconds since the epoch: the wall clock read once, carried on by the monotonic one, which has the resolution.</summary>
internal sealed class ControlClock(TimeProvider time)
{
    private readonly long _startNs = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
    private readonly long _startTimestamp = time.GetTimestamp();

    public long NowNs => _startNs + (long)((Int128)(time.GetTimestamp() - _startTimestamp) * 1_000_000_000 / time.TimestampFrequency);
}
