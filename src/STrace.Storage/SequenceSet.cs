namespace STrace.Storage;

internal enum Overlap
{
    None,
    Whole,
    Part,
}

/// <summary>The sequence numbers of one stream as disjoint ranges in order: a single one as long as nothing is missing.</summary>
internal sealed class SequenceSet
{
    private readonly List<(long First, long Last)> _ranges = [];

    /// <summary>How much of first..last is in the set.</summary>
    public Overlap Contains(long first, long last)
    {
        int i = FirstRangeEndingAtOrBehind(first);
        if (i == _ranges.Count || _ranges[i].First > last)
            return Overlap.None;
        return _ranges[i].First <= first && last <= _ranges[i].Last ? Overlap.Whole : Overlap.Part;
    }

    /// <summary>Adds a range of which nothing is in the set.</summary>
    public void Add(long first, long last)
    {
        int i = FirstRangeEndingAtOrBehind(first);
        if (i < _ranges.Count && _ranges[i].First == last + 1)
        {
            last = _ranges[i].Last;
            _ranges.RemoveAt(i);
        }
        if (i > 0 && _ranges[i - 1].Last == first - 1)
            _ranges[i - 1] = (_ranges[i - 1].First, last);
        else
            _ranges.Insert(i, (first, last));
    }

    // Searched from the end, where a stream grows.
    private int FirstRangeEndingAtOrBehind(long sequence)
    {
        int i = _ranges.Count;
        while (i > 0 && _ranges[i - 1].Last >= sequence)
            i--;
        return i;
    }
}
