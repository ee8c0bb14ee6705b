namespace STrace.Correlation;

/// <summary>
/// The least delays of one direction over time. Time is cut into windows whose width doubles as the track grows longer, so that the
/// memory is bounded, and the windows depend on the set of points alone.
/// </summary>
internal sealed class ClockTrack
{
    private const int Windows = 256;
    private const int NarrowestShift = 26; // 67 ms

    private readonly ClockEnvelope?[] _windows = new ClockEnvelope?[Windows];
    private int _shift = NarrowestShift;
    private long _base; // number of the first window
    private long _firstX = long.MaxValue;
    private long _lastX = long.MinValue;

    public long Count { get; private set; }

    /// <summary>The lowest point's.</summary>
    public long LeastY { get; private set; } = long.MaxValue;

    public long FirstX => _firstX;

    public long LastX => _lastX;

    public void Add(long x, long y)
    {
        Count++;
        LeastY = Math.Min(LeastY, y);
        (_firstX, _lastX) = (Math.Min(_firstX, x), Math.Max(_lastX, x));
        long window = (x >> _shift) - _base;
        if ((ulong)window >= Windows || Count == 1)
            window = Extend(x);
        (_windows[window] ??= new ClockEnvelope()).Add(x, y);
    }

    /// <summary>The envelopes that reach into this time.</summary>
    public IEnumerable<ClockEnvelope> Between(long fromX, long untilX)
    {
        if (Count == 0)
            yield break;
        long first = Math.Max((fromX >> _shift) - _base, 0), last = Math.Min((untilX >> _shift) - _base, Windows - 1);
        for (long i = first; i <= last; i++)
        {
            if (_windows[i] is { } envelope)
                yield return envelope;
        }
    }

    /// <summary>All envelopes, each with the first and the last time that an observation in it can have.</summary>
    public IEnumerable<(long FirstX, long LastX, ClockEnvelope Envelope)> All()
    {
        for (int i = 0; i < Windows; i++)
        {
            if (_windows[i] is { } envelope)
                yield return (Math.Max((_base + i) << _shift, _firstX), Math.Min(((_base + i + 1) << _shift) - 1, _lastX), envelope);
        }
    }

    /// <returns>The place of the time's window.</returns>
    private long Extend(long x)
    {
        long oldBase = _base;
        int oldShift = _shift;
        while ((_lastX >> _shift) - (_firstX >> _shift) >= Windows)
            _shift++;
        _base = _firstX >> _shift;
        if (Count > 1 && (_base != oldBase || _shift != oldShift))
            MoveWindows(oldBase, _shift - oldShift);
        return (x >> _shift) - _base;
    }

    private void MoveWindows(long oldBase, int wider)
    {
        ClockEnvelope?[] old = [.. _windows];
        Array.Clear(_windows);
        for (int i = 0; i < Windows; i++)
        {
            if (old[i] is not { } envelope)
                continue;
            ref ClockEnvelope? window = ref _windows[((oldBase + i) >> wider) - _base];
            if (window is null)
                window = envelope;
            else
                window.Add(envelope);
        }
    }
}
