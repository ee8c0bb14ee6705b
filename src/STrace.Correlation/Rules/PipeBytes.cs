namespace STrace.Correlation;

/// <summary>The bytes that were written into a pipe and not read yet.</summary>
internal sealed class PipeBytes
{
    private readonly Queue<Piece> _written = new();
    private long _taken;

    public long Written { get; private set; }

    /// <summary>More was read than was seen written: not all writers are traced, so nobody need wait for them.</summary>
    public bool HasUnseenWriter { get; private set; }

    public bool IsThere(long bytes) => HasUnseenWriter || Written - _taken >= bytes;

    public void Write(Step step, long bytes)
    {
        _written.Enqueue(new Piece(step, Written, Written + bytes));
        Written += bytes;
    }

    /// <summary>The writes whose bytes the next read took, with the range that it took of each.</summary>
    public List<Piece> Read(long bytes)
    {
        var read = new List<Piece>();
        long until = _taken + bytes;
        while (_taken < until && _written.TryPeek(out Piece piece))
        {
            long to = Math.Min(until, piece.To);
            read.Add(piece with { From = Math.Max(_taken, piece.From), To = to });
            _taken = to;
            if (to == piece.To)
                _written.Dequeue();
        }
        HasUnseenWriter |= _taken < until;
        return read;
    }
}
