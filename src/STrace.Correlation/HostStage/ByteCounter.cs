namespace STrace.Correlation;

/// <summary>Counts the bytes of one direction of a channel.</summary>
internal sealed class ByteCounter
{
    private readonly List<ByteRange> _ranges = [];
    private long _offset;

    public IReadOnlyList<ByteRange> Ranges => _ranges;

    public void Add(int index, long bytes)
    {
        if (bytes <= 0)
            return;
        _ranges.Add(new ByteRange(index, _offset, _offset + bytes));
        _offset += bytes;
    }
}
