using STrace.Control;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>Control messages that are on their way into the store.</summary>
internal sealed class ControlBlock
{
    /// <summary>Any burst is shorter.</summary>
    public const int Bytes = 256 * 1024;

    private readonly byte[] _payload = GC.AllocateUninitializedArray<byte>(Bytes);
    private int _bytes;
    private long _firstNs;
    private long _lastNs;

    /// <summary>Messages.</summary>
    public int Count { get; private set; }

    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, _bytes);

    /// <returns>False where it does not fit any more.</returns>
    public bool TryAdd(in ControlBurst burst)
    {
        if (burst.Log.Length > Bytes - _bytes)
            return false;
        burst.Log.Span.CopyTo(_payload.AsSpan(_bytes));
        _firstNs = Count == 0 ? burst.FirstNs : Math.Min(_firstNs, burst.FirstNs);
        _lastNs = Math.Max(_lastNs, burst.LastNs);
        _bytes += burst.Log.Length;
        Count += burst.Count;
        return true;
    }

    /// <param name="firstSequence">Of its first message.</param>
    public BlockHeader Header(long firstSequence) => new(
        BlockKind.Control, ControlRecorder.Source, Guid.Empty, firstSequence, firstSequence + Count - 1, _firstNs, _lastNs, Count);

    public void Clear() => (Count, _bytes, _lastNs) = (0, 0, 0);
}
