using System.Buffers.Binary;
using System.Text;

namespace STrace.OpenFlow;

/// <summary>Reads one message in network byte order. A read past its end, or the end of the part entered, is a typed error.</summary>
internal ref struct WireReader
{
    private readonly ReadOnlySpan<byte> _frame;
    private readonly MessageType _type;
    private int _position;
    private int _end;

    // Padding is zero nearly always: it is counted, and kept from the first byte on only once one is not.
    private int _zeroPadding;
    private List<byte>? _oddPadding;

    public WireReader(ReadOnlySpan<byte> frame, MessageType type)
        : this(frame, type, OpenFlowFraming.HeaderLength) =>
        Xid = BinaryPrimitives.ReadUInt32BigEndian(frame[OpenFlowFraming.XidOffset..]);

    /// <summary>Reads a part of a message, which has no xid.</summary>
    public WireReader(ReadOnlySpan<byte> part, MessageType type, int position)
    {
        _frame = part;
        _type = type;
        _position = position;
        _end = part.Length;
    }

    public uint Xid { get; }

    public readonly int Remaining => _end - _position;

    /// <summary>All padding of the message in order, when any of it was not zero; else empty.</summary>
    public readonly ReadOnlyMemory<byte> OddPadding => _oddPadding?.ToArray() ?? ReadOnlyMemory<byte>.Empty;

    public byte ReadByte() => Take(sizeof(byte))[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(sizeof(ushort)));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(sizeof(uint)));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64BigEndian(Take(sizeof(ulong)));

    public MacAddress ReadMac() => MacAddress.Read(Take(MacAddress.Length));

    public Ipv4Address ReadIpv4() => new(ReadUInt32());

    /// <summary>A copy of everything up to the end of the message or of the part entered.</summary>
    public ReadOnlyMemory<byte> ReadRest() => Take(Remaining).ToArray();

    /// <summary>Text up to a NUL in a field of fixed length. Latin-1, so that no byte is lost; what follows the NUL is padding.</summary>
    public string ReadText(int fieldLength)
    {
        var field = Take(fieldLength);
        var length = field.IndexOf((byte)0);
        if (length < 0)
            return Encoding.Latin1.GetString(field);
        Keep(field[(length + 1)..]);
        return Encoding.Latin1.GetString(field[..length]);
    }

    public void ReadPadding(int length) => Keep(Take(length));

    public ReadOnlySpan<byte> Take(int length)
    {
        if (length > Remaining)
            throw Error($"{length} bytes expected, {Remaining} left");
        var bytes = _frame.Slice(_position, length);
        _position += length;
        return bytes;
    }

    /// <summary>Confines reading to the next bytes. Give the result to <see cref="Leave"/>.</summary>
    public int Enter(int length)
    {
        if (length < 0 || length > Remaining)
            throw Error($"a part announces {length} more bytes, {Remaining} are left");
        var outerEnd = _end;
        _end = _position + length;
        return outerEnd;
    }

    /// <summary>Ends what <see cref="Enter"/> began; the part must have been read to its end.</summary>
    public void Leave(int outerEnd)
    {
        ExpectEnd();
        _end = outerEnd;
    }

    public readonly void ExpectEnd()
    {
        if (Remaining > 0)
            throw Error($"{Remaining} bytes too many");
    }

    public readonly OpenFlowProtocolException Error(string problem) => new(problem, _position, _type);

    private void Keep(ReadOnlySpan<byte> padding)
    {
        if (_oddPadding is null)
        {
            if (!padding.ContainsAnyExcept((byte)0))
            {
                _zeroPadding += padding.Length;
                return;
            }
            _oddPadding = [.. new byte[_zeroPadding]];
        }
        _oddPadding.AddRange(padding);
    }
}
