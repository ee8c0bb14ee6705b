using STrace.Model;

namespace STrace.Correlation;

/// <summary>Bytes that one call moved for one request: offsets From (inclusive) to To (exclusive) of one direction of a stream.</summary>
/// <param name="Exchange">Of its connection, from 1: equal for the calls of one message.</param>
internal readonly record struct Piece(Step Step, long From, long To, int Exchange = 0);

internal static class Pieces
{
    /// <summary>Index of the first piece that ends behind the offset; pieces in order, without overlaps.</summary>
    public static int FirstBehind(this IReadOnlyList<Piece> pieces, long offset)
    {
        int low = 0, high = pieces.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (pieces[middle].To > offset)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}

/// <summary>
/// One direction of a stream, as one end moved its bytes: pieces without gaps from offset 0. The oldest are forgotten when nobody asks
/// for them any more.
/// </summary>
internal sealed class ByteStream
{
    private readonly List<Piece> _pieces = [];
    private long _length;

    /// <summary>Ends where positions are no longer known.</summary>
    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Pieces that were forgotten: the number of the first in <see cref="Pieces"/>.</summary>
    public int Forgotten { get; private set; }

    /// <param name="step">Of the request for which the bytes were moved.</param>
    /// <param name="gap">The loss because of which positions are not known; null when they are.</param>
    public void Add(Step step, long bytes, int exchange, EventLoss? gap)
    {
        if (bytes <= 0)
            return;
        if (gap is not null)
            step.Refused = gap;
        else
            _pieces.Add(new Piece(step, _length, _length + bytes, exchange));
        _length += bytes;
    }

    /// <summary>The positions of what was moved behind the time are not known.</summary>
    public void Refuse(EventLoss loss, long sinceNs)
    {
        int known = _pieces.Count;
        while (known > 0 && _pieces[known - 1].Step.Event.EffectNs > sinceNs)
            _pieces[--known].Step.Refused = loss;
        _pieces.RemoveRange(known, _pieces.Count - known);
    }

    /// <summary>Forgets pieces of paths that are done, up to the number.</summary>
    public void Forget(int before)
    {
        int done = 0;
        while (done < _pieces.Count && Forgotten + done < before && _pieces[done].Step.Request?.Group.IsClosed != false)
            done++;
        if (done < _pieces.Count - done)
            return; // to move more than is forgotten would cost too much
        _pieces.RemoveRange(0, done);
        Forgotten += done;
    }
}
