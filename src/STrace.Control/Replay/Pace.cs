namespace STrace.Control;

/// <summary>Keeps packets to so many a second, with no credit for earlier silence.</summary>
internal sealed class Pace(int perSecond, TimeSpan slice, TimeProvider time)
{
    private readonly long _startTimestamp = time.GetTimestamp();
    private TimeSpan _free;

    /// <summary>What may go in one slice.</summary>
    public int MostAtOnce { get; } = (int)Math.Max(1, perSecond * slice.TotalSeconds);

    /// <summary>Packets have gone; waits while more than a slice has gone ahead of its time.</summary>
    public async ValueTask PassedAsync(int packets, CancellationToken cancellationToken)
    {
        var now = time.GetElapsedTime(_startTimestamp);
        _free = (_free > now ? _free : now) + TimeSpan.FromSeconds((double)packets / perSecond);
        if (_free - now is var ahead && ahead >= slice)
            await Task.Delay(ahead, time, cancellationToken);
    }
}
