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
/// One direction of a stream, as one end moved its bytes: pieces without gaps from offset 0. Behind a loss positions count anew, from a
/// beginning that no other count reaches. The oldest pieces are forgotten when nobody asks for them any more.
/// </summary>
internal sealed class ByteStream
{
    private const long CountLength = 1L << 48;

    private readonly List<Piece> _pieces = [];
    private int _done;

    public IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Pieces that were forgotten: the number of the first in <see cref="Pieces"/>.</summary>
    public int Forgotten { get; private set; }

    /// <summary>The position of the byte that comes next.</summary>
    public long Length { get; private set; }

    /// <summary>The number of the piece that comes next.</summary>
    public int End => Forgotten + _pieces.Count;

    public Piece this[int number] => _pieces[number - Forgotten];

    /// <param name="step">Of the request for which the bytes were moved.</param>
    public void Add(Step step, long bytes, int exchange)
    {
        if (bytes <= 0)
            return;
        _pieces.Add(new Piece(step, Length, Length + bytes, exchange));
        Length += bytes;
    }

    /// <summary>Calls were lost: positions behind the time are not known, and from now on others are counted.</summary>
    public void Lose(EventLoss loss, long sinceNs)
    {
        for (int known = _pieces.Count; known > 0 && _pieces[known - 1].Step.EffectNs > sinceNs; known--)
            _pieces[known - 1].Step.Refused = loss;
        Length = (Length / CountLength + 1) * CountLength;
    }

    /// <summary>Whether the positions come out of one count.</summary>
    public static bool AreOfOneCount(long a, long b) => a / CountLength == b / CountLength;

    /// <summary>Forgets pieces of paths that are done, up to the number.</summary>
    public void Forget(int before)
    {
        int most = Math.Min(before - Forgotten, _pieces.Count);
        while (_done < most && _pieces[_done].Step.Request?.Group.IsClosed != false)
            _done++;
        if (_done < _pieces.Count - _done)
            return; // to move more than is forgotten would cost too much
        _pieces.RemoveRange(0, _done);
        Forgotten += _done;
        _done = 0;
    }
}
