namespace STrace.Correlation;

/// <summary>How far one end's stream was held against the other end's, and from where on both have no common count.</summary>
internal sealed class StreamCursor(ByteStream stream)
{
    private int _next;
    private int _open;
    private long _base;

    /// <summary>The number of the first piece that belongs to no common count as yet.</summary>
    public int Open => Math.Max(_next, _open);

    /// <summary>When that piece had its effect, ns; <see cref="long.MaxValue"/>: there is none.</summary>
    public long FirstOpenNs => Open < stream.End ? stream[Open].Step.EffectNs : long.MaxValue;

    /// <summary>The first piece that was not used up, by positions that both ends count; null: there is none.</summary>
    public Piece? Current => _next < stream.End && stream[_next] is var piece && ByteStream.AreOfOneCount(piece.From, _base)
        ? piece with { From = piece.From - _base, To = piece.To - _base }
        : null;

    /// <summary>The present piece is used up.</summary>
    public void Pass() => _next++;

    /// <summary>The pieces from <see cref="Open"/> on, as far as they are of one count and had their effect until the time.</summary>
    public IEnumerable<Piece> OpenUntil(long nowNs)
    {
        int first = Open;
        for (int i = first; i < stream.End && stream[i].Step.EffectNs <= nowNs && ByteStream.AreOfOneCount(stream[i].From, stream[first].From); i++)
            yield return stream[i];
    }

    /// <summary>Pieces before the number belong to no common count: positions behind are not known.</summary>
    public void OpenFrom(int number) => _open = Math.Max(_open, number);

    /// <summary>The calls of the pieces from <see cref="Open"/> up to the number, which no common count will have.</summary>
    public IEnumerable<Step> PassOpen(int number)
    {
        for (int i = Open; i < number; i++)
            yield return stream[i].Step;
        OpenFrom(number);
    }

    /// <summary>The number of the first open piece of the exchange, or of a later one.</summary>
    public int FirstOf(int exchange)
    {
        int first = Open;
        while (first < stream.End && stream[first].Exchange < exchange)
            first++;
        return first;
    }

    /// <summary>Positions count from the piece on.</summary>
    public void BeginWith(int number) => (_next, _base) = (number, number < stream.End ? stream[number].From : stream.Length);

    public bool HasOpen(Request request) => Has(request, Open, long.MinValue);

    /// <summary>Whether bytes that were moved for the request since the time were not used up.</summary>
    public bool HasLeft(Request request, long sinceNs) => Has(request, _next, sinceNs);

    public void Forget() => stream.Forget(_next);

    private bool Has(Request request, int first, long sinceNs)
    {
        for (int i = first; i < stream.End; i++)
            if (stream[i].Step.Request == request && stream[i].Step.EffectNs >= sinceNs)
                return true;
        return false;
    }
}
