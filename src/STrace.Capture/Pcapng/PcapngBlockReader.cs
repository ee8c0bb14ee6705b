using System.Buffers.Binary;

namespace STrace.Capture;

/// <summary>Reads a stream block by block, whatever is in them. Offsets count from the block's body.</summary>
internal sealed class PcapngBlockReader(Stream stream)
{
    /// <summary>No tool writes blocks as large; a larger length is damage, and is not believed.</summary>
    private const int LongestBlock = 16 << 20;

    private byte[] _block = new byte[4096];
    private int _length;
    private long _offset;
    private bool _bigEndian;
    private bool _inSection;

    /// <summary>The stream ended within a block, or without any.</summary>
    public bool Truncated { get; private set; }

    public uint Type => Head(0);

    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="PcapngException">What stands here is no block.</exception>
    public bool TryRead()
    {
        _offset += _length;
        _length = 0;
        if (!TryFill(PcapngFormat.HeadLength))
            return false;

        // The section header's type reads the same in both byte orders; its magic tells which.
        bool startsSection = Type == PcapngFormat.SectionHeader;
        if (!startsSection && !_inSection)
            throw Malformed("no section header");
        if (startsSection)
        {
            if (!TryFill(PcapngFormat.FrameLength))
                return false;
            _bigEndian = BinaryPrimitives.ReadUInt32BigEndian(_block.AsSpan(PcapngFormat.HeadLength)) == PcapngFormat.ByteOrderMagic;
            if (UInt32(0) != PcapngFormat.ByteOrderMagic)
                throw Malformed("no byte-order magic");
        }

        uint length = Head(4);
        if (length < PcapngFormat.FrameLength || length > LongestBlock || length % 4 != 0)
            throw Malformed($"a length of {length}");
        if (!TryFill((int)length))
            return false;
        uint again = Head((int)length - 4);
        if (again != length)
            throw Malformed($"a length of {length} at its begin and {again} at its end");
        _inSection = true;
        return true;
    }

    public uint UInt32(int offset) => Head(PcapngFormat.HeadLength + offset);

    public ushort UInt16(int offset) => _bigEndian
        ? BinaryPrimitives.ReadUInt16BigEndian(_block.AsSpan(PcapngFormat.HeadLength + offset))
        : BinaryPrimitives.ReadUInt16LittleEndian(_block.AsSpan(PcapngFormat.HeadLength + offset));

    public ReadOnlyMemory<byte> Bytes(int offset, int length) => _block.AsMemory(PcapngFormat.HeadLength + offset, length);

    /// <exception cref="PcapngException">The body is shorter than that.</exception>
    public void RequireBody(long length)
    {
        if (_length < PcapngFormat.FrameLength + length)
            throw Malformed($"a length of {_length}, too short for what it holds,");
    }

    /// <exception cref="PcapngException">The body is shorter than that.</exception>
    public PcapngOptions OptionsBehind(int bodyLength)
    {
        RequireBody(bodyLength);
        return new PcapngOptions(_block.AsSpan((PcapngFormat.HeadLength + bodyLength)..(_length - 4)), _bigEndian);
    }

    public PcapngException Malformed(string what) => new(_offset, what);

    private uint Head(int offset) => _bigEndian
        ? BinaryPrimitives.ReadUInt32BigEndian(_block.AsSpan(offset))
        : BinaryPrimitives.ReadUInt32LittleEndian(_block.AsSpan(offset));

    /// <summary>Reads on until so many bytes of the block are there.</summary>
    private bool TryFill(int length)
    {
        if (_block.Length < length)
            Array.Resize(ref _block, Math.Max(length, 2 * _block.Length));
        _length += stream.ReadAtLeast(_block.AsSpan(_length, length - _length), length - _length, throwOnEndOfStream: false);
        Truncated |= _length < length && (_length > 0 || !_inSection);
        return _length == length;
    }
}
