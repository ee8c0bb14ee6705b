using System.Buffers;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// The block that records gather in until it is cut off and goes to the spool. For one thread at a time. The records lie where they
/// will be sent from: the frame's header is put before them when the block is cut.
/// </summary>
internal sealed class PendingBlock(Spool spool) : IBufferWriter<byte>
{
    private const int FullBytes = 256 * 1024;

    /// <summary>Bytes of a block: what may be written beyond <see cref="FullBytes"/> by a writer that looks only then.</summary>
    internal const int BufferBytes = HeaderRoom + FullBytes + 16 * 1024;

    /// <summary>Room for the frame's header with the longest name of a session.</summary>
    private const int HeaderRoom = 256;

    /// <summary>Below it a block is copied to a buffer of its size, so that a spool of small blocks holds no big buffers.</summary>
    private const int SmallBytes = FullBytes / 4;

    private byte[]? _buffer;
    private int _end = HeaderRoom;
    private long _firstNs = long.MaxValue;
    private long _lastNs = long.MinValue;
    private int _count;

    /// <summary>Takes the records' bytes; each record is counted beside.</summary>
    public IBufferWriter<byte> Payload => this;

    public bool IsFull => _end >= HeaderRoom + FullBytes;

    /// <summary>What can be written before the block is full.</summary>
    public int RoomBytes => HeaderRoom + FullBytes - _end;

    public void Count(long timeNs) => Count(1, timeNs, timeNs);

    /// <param name="firstNs">Above <paramref name="lastNs"/> where none of the records has a time.</param>
    public void Count(int records, long firstNs, long lastNs)
    {
        _count += records;
        _firstNs = Math.Min(_firstNs, firstNs);
        _lastNs = Math.Max(_lastNs, lastNs);
    }

    /// <summary>Gives what has gathered to the spool, if anything has.</summary>
    public void Cut(FrameType kind, string session)
    {
        if (_count > 0)
        {
            if (_lastNs < _firstNs)
                _firstNs = _lastNs = TickClock.NowNs;
            spool.Add(sequence => ToFrame(kind, session, sequence));
        }
        Clear();
    }

    /// <summary>Forgets what has gathered.</summary>
    public void Clear()
    {
        _end = HeaderRoom;
        _count = 0;
        (_firstNs, _lastNs) = (long.MaxValue, long.MinValue);
    }

    public void Advance(int count) => _end += count;

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        _buffer ??= spool.Buffers.Rent();
        if (_buffer.Length - _end < Math.Max(sizeHint, 1))
            Array.Resize(ref _buffer, Math.Max(_end + sizeHint, _buffer.Length * 2)); // a datastore's jumbo frame; such a buffer is not pooled
        return _buffer.AsMemory(_end);
    }

    private SpoolFrame ToFrame(FrameType kind, string session, long sequence)
    {
        byte[] buffer = _buffer!;
        int start = FrameCodec.WriteBlockHeader(
            buffer.AsSpan(0, HeaderRoom), kind, session, sequence, _firstNs, _lastNs, _count, _end - HeaderRoom);
        ReadOnlyMemory<byte> frame = buffer.AsMemory(start, _end - start);
        if (frame.Length < SmallBytes)
            return new SpoolFrame(frame.ToArray(), _count);
        _buffer = null;
        return new SpoolFrame(frame, _count, buffer);
    }
}
