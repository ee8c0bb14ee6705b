using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// One direction of a connection in sequence numbers (RFC 9293, section 3.4): the SYN stands at position 0, the first byte at 1;
/// the 32 bits of the header are taken nearest to where the stream has come, so that positions go on behind 4 GB.
/// </summary>
/// <param name="start">The initial sequence number.</param>
internal sealed class SequenceSpace(uint start)
{
    // Disjoint and ascending; one run as long as the capture has no holes.
    private readonly List<(long From, long To)> _seen = [];
    private long _next;

    /// <summary>Takes the next packet, in time order.</summary>
    /// <param name="again">Some of what it carries was seen before.</param>
    /// <returns>The offset in the stream of its first byte.</returns>
    public long Take(CapturedPacket packet, out bool again)
    {
        long from = _next + unchecked((int)(packet.Sequence - start - (uint)_next));
        int syn = packet.Flags.HasFlag(TcpMarks.Syn) ? 1 : 0;
        int fin = packet.Flags.HasFlag(TcpMarks.Fin) ? 1 : 0;
        long to = from + syn + packet.PayloadLength + fin;
        again = false;
        if (from < to)
        {
            again = Add(from, to);
            _next = Math.Max(_next, to);
        }
        return from + syn - 1;
    }

    /// <summary>Whether some of it was there already.</summary>
    private bool Add(long from, long to)
    {
        int first = FirstEndingAt(from), last = first;
        bool overlaps = false;
        long mergedFrom = from, mergedTo = to;
        for (; last < _seen.Count && _seen[last].From <= to; last++)
        {
            overlaps |= _seen[last].To > from && _seen[last].From < to;
            mergedFrom = Math.Min(mergedFrom, _seen[last].From);
            mergedTo = Math.Max(mergedTo, _seen[last].To);
        }
        if (last == first + 1)
        {
            _seen[first] = (mergedFrom, mergedTo);
            return overlaps;
        }
        _seen.RemoveRange(first, last - first);
        _seen.Insert(first, (mergedFrom, mergedTo));
        return overlaps;
    }

    /// <summary>Index of the first run that ends at the position or behind it.</summary>
    private int FirstEndingAt(long position)
    {
        int low = 0, high = _seen.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_seen[middle].To >= position)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
