namespace STrace.Correlation;

/// <summary>Which write last set each byte of a file: ranges in order of offset, without overlaps.</summary>
internal sealed class FileContent
{
    /// <summary>A log may be written for ever; who wrote its oldest lines is forgotten.</summary>
    private const int MostRanges = 4096;

    private readonly List<Piece> _ranges = [];

    public long Length => _ranges.Count == 0 ? 0 : _ranges[^1].To;

    public void Clear() => _ranges.Clear();

    public void Write(Step step, long from, long to)
    {
        int first = _ranges.FirstBehind(from);
        int next = first;
        var kept = new List<Piece>(3) { new(step, from, to) };
        for (; next < _ranges.Count && _ranges[next].From < to; next++)
        {
            Piece old = _ranges[next];
            if (old.From < from)
                kept.Insert(0, old with { To = from });
            if (old.To > to)
                kept.Add(old with { From = to });
        }
        _ranges.RemoveRange(first, next - first);
        _ranges.InsertRange(first, kept);
        if (_ranges.Count > MostRanges)
            _ranges.RemoveRange(0, MostRanges / 2);
    }

    public List<Piece> Read(long from, long to)
    {
        var read = new List<Piece>();
        for (int i = _ranges.FirstBehind(from); i < _ranges.Count && _ranges[i].From < to; i++)
            read.Add(_ranges[i] with { From = Math.Max(from, _ranges[i].From), To = Math.Min(to, _ranges[i].To) });
        return read;
    }
}
