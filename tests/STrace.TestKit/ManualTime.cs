namespace STrace.TestKit;

/// <summary>
/// A clock that moves only when told. Its timestamps have an odd frequency and an odd start, so that a mixed-up unit shows.
/// </summary>
public sealed class ManualTime : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private TimeSpan _elapsed;

    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public override long TimestampFrequency => 3_000_017;

    public override DateTimeOffset GetUtcNow() => Start + Elapsed;

    public override long GetTimestamp() => 123_457 + (long)((Int128)Elapsed.Ticks * TimestampFrequency / TimeSpan.TicksPerSecond);

    private TimeSpan Elapsed
    {
        get
        {
            lock (_gate)
                return _elapsed;
        }
    }

    /// <summary>Moves the clock and runs, once each, the timers that are due.</summary>
    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_gate)
        {
            _elapsed += by;
            due = _timers.Where(timer => timer.Due <= _elapsed).ToList();
            foreach (var timer in due)
                timer.Schedule(_elapsed);
        }
        foreach (var timer in due)
            timer.Run();
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        lock (_gate)
            _timers.Add(timer);
        return timer;
    }

    private sealed class ManualTimer(ManualTime time, Action run) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan Due { get; private set; }

        public Action Run { get; } = run;

        public void Schedule(TimeSpan now) => Due = _period > TimeSpan.Zero ? now + _period : TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            Due = dueTime >= TimeSpan.Zero ? time.Elapsed + dueTime : TimeSpan.MaxValue;
            return true;
        }

        public void Dispose()
        {
            lock (time._gate)
                time._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
