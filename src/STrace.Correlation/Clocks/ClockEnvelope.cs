namespace STrace.Correlation;

/// <summary>
/// The lower convex hull of points (time, delay): the least delays, which a line of clock drift stays below (Moon, Skelly and
/// Towsley, "Estimation and removal of clock skew from network delay measurements", 1999). Only drifts that a running clock can have
/// count, so few points are corners. The corners depend on the set of points alone, not on their order.
/// </summary>
internal sealed class ClockEnvelope
{
    /// <summary>The fastest drift of a clock, 1/1024: twice what the kernel's own steering allows. What goes faster was set.</summary>
    private const int DriftShift = 10;

    public const double MaxDrift = 1.0 / (1 << DriftShift);

    private (long X, long Y)[] _corners = new (long, long)[4]; // by X
    private int _count;
    private (long X, long Y) _lowest = (0, long.MaxValue);

    public ReadOnlySpan<(long X, long Y)> Corners => _corners.AsSpan(0, _count);

    public void Add(ClockEnvelope other)
    {
        foreach ((long x, long y) in other.Corners)
            Add(x, y);
    }

    public void Add(long x, long y)
    {
        // Above the lowest point by more than any drift explains: nearly all points end here.
        if (_count > 0 && y >= _lowest.Y && y - _lowest.Y >= Rise(_lowest.X, x))
            return;

        int at = Find(x);
        if (at < _count && _corners[at].X == x)
        {
            if (y >= _corners[at].Y)
                return;
        }
        else if (at > 0 && at < _count)
        {
            if (y >= Math.Max(_corners[at - 1].Y, _corners[at].Y) || !IsBelow((x, y), _corners[at - 1], _corners[at]))
                return;
        }
        else if (at > 0 && Covers(_corners[at - 1], x, y) || at < _count && Covers(_corners[at], x, y))
        {
            return;
        }
        Insert(at, (x, y));
        if (y < _lowest.Y || y == _lowest.Y && x < _lowest.X)
            _lowest = (x, y);
    }

    private void Insert(int at, (long X, long Y) point)
    {
        int left = at; // corners before it that stay
        while (left > 0 && (Covers(point, _corners[left - 1]) || left > 1 && !IsBelow(_corners[left - 1], _corners[left - 2], point)))
            left--;
        int right = at; // the first behind it that stays
        while (right < _count && (_corners[right].X == point.X || Covers(point, _corners[right]) ||
            right + 1 < _count && !IsBelow(_corners[right], point, _corners[right + 1])))
        {
            right++;
        }

        int count = left + 1 + _count - right;
        if (count > _corners.Length)
            Array.Resize(ref _corners, _corners.Length * 2);
        Array.Copy(_corners, right, _corners, left + 1, _count - right);
        _corners[left] = point;
        _count = count;
    }

    /// <summary>Index of the first corner that is not before the time.</summary>
    private int Find(long x)
    {
        int low = 0, high = _count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_corners[middle].X < x)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static bool Covers((long X, long Y) corner, (long X, long Y) point) => Covers(corner, point.X, point.Y);

    /// <summary>Whether the corner is lower for every drift.</summary>
    private static bool Covers((long X, long Y) corner, long x, long y) => y >= corner.Y && y - corner.Y >= Rise(corner.X, x);

    /// <summary>By how much the fastest drift rises between two times, rounded up.</summary>
    public static long Rise(long fromX, long toX) => (Math.Abs(toX - fromX) + (1L << DriftShift) - 1) >> DriftShift;

    private static bool IsBelow((long X, long Y) point, (long X, long Y) left, (long X, long Y) right) =>
        (Int128)(point.Y - left.Y) * (right.X - left.X) < (Int128)(right.Y - left.Y) * (point.X - left.X);
}
