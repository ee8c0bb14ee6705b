using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Holds the clocks, as they will be used, against everything that was observed: whatever lies on or above an envelope must not come
/// before it was sent. What does not hold is found by step of the axis.
/// </summary>
internal sealed class ClockCheck
{
    /// <summary>What is lost where offsets that change are rounded to whole ns, at both ends of a line and between.</summary>
    public const long RoundingNs = 4;

    private readonly ClockNetwork _network;
    private readonly HostClock[] _clocks;
    private readonly long[][] _bends; // of each clock, in order; none where its offset stays the same

    /// <param name="knots">Of each clock.</param>
    public ClockCheck(ClockNetwork network, IReadOnlyList<ClockKnot>[] knots)
    {
        _network = network;
        _clocks = Array.ConvertAll(knots, k => new HostClock(k));
        _bends = Array.ConvertAll(knots, k => k.All(o => o.OffsetNs == k[0].OffsetNs) ? [] : k.Select(o => o.TimeNs).ToArray());
    }

    /// <param name="doubtful">By clock and step: set where something comes before it was sent.</param>
    public void Mark(bool[][] doubtful)
    {
        foreach ((int first, int second, ClockPair tracks) in _network.Pairs)
        {
            Mark(tracks.Forward, +1);
            Mark(tracks.Backward, -1);

            void Mark(ClockTrack track, int direction)
            {
                foreach (((long X, long Y) left, (long X, long Y) right) in track.All().SelectMany(Lines))
                {
                    if (Holds(first, second, direction, left, right))
                        continue;
                    Set(doubtful[first], _network.StepOf(first, left.X), _network.StepOf(first, right.X));
                    Set(doubtful[second], _network.StepOf(second, left.X + direction * left.Y), _network.StepOf(second, right.X + direction * right.Y));
                }
            }
        }
    }

    /// <summary>Between these corners, and on both sides of them as steep as can be, lies what the envelope has room for.</summary>
    private static IEnumerable<((long X, long Y) Left, (long X, long Y) Right)> Lines((long FirstX, long LastX, ClockEnvelope Envelope) window)
    {
        (long X, long Y)[] corners = window.Envelope.Corners.ToArray();
        (long X, long Y) left = corners[0], right = corners[^1];
        corners = [
            (window.FirstX, left.Y + ClockEnvelope.Rise(window.FirstX, left.X)), .. corners,
            (window.LastX, right.Y + ClockEnvelope.Rise(right.X, window.LastX))];
        return corners.Zip(corners.Skip(1));
    }

    /// <summary>
    /// Along a line the time between sending and receiving changes evenly but where a clock bends: there and at the ends it is least.
    /// Above the line it is longer, because no clock drifts by as much as time runs.
    /// </summary>
    /// <param name="direction">1 from the first clock to the second, -1 back.</param>
    private bool Holds(int first, int second, int direction, (long X, long Y) left, (long X, long Y) right)
    {
        long roundingNs = _bends[first].Length + _bends[second].Length > 0 ? RoundingNs : 0;
        double slope = right.X > left.X ? (double)(right.Y - left.Y) / (right.X - left.X) : 0;
        if (!HoldsAt(left.X) || !HoldsAt(right.X))
            return false;
        foreach (long bend in Between(_bends[first], left.X, right.X))
            if (!HoldsAround(bend))
                return false;
        long start = left.X + direction * left.Y, end = right.X + direction * right.Y;
        foreach (long bend in Between(_bends[second], start, end))
            if (!HoldsAround(left.X + (long)((bend - start) / (1 + direction * slope))))
                return false;
        return true;

        bool HoldsAround(long x) => HoldsAt(Math.Max(x - 1, left.X)) && HoldsAt(x) && HoldsAt(Math.Min(x + 1, right.X));

        bool HoldsAt(long x)
        {
            long y = x == right.X ? right.Y : left.Y + (long)Math.Floor(slope * (x - left.X));
            return direction * (_clocks[second].Correct(x + direction * y) - _clocks[first].Correct(x)) >= roundingNs;
        }
    }

    private static IEnumerable<long> Between(long[] times, long from, long until)
    {
        int at = Array.BinarySearch(times, from);
        for (int i = at < 0 ? ~at : at; i < times.Length && times[i] <= until; i++)
            yield return times[i];
    }

    private static void Set(bool[] steps, int from, int until) => Array.Fill(steps, true, from, until - from + 1);
}
