using System.Buffers.Binary;
using System.Text;

namespace STrace.Capture;

/// <summary>Walks over the options at the end of a block's body.</summary>
internal ref struct PcapngOptions(ReadOnlySpan<byte> bytes, bool bigEndian)
{
    private const int HeadLength = 4;

    private ReadOnlySpan<byte> _rest = bytes;

    public ushort Code { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>An option reached behind the block's end, or its number has a wrong length.</summary>
    public bool IsMalformed { get; private set; }

    public bool MoveNext()
    {
        if (_rest.Length < HeadLength || IsMalformed)
            return false;
        Code = UInt16(_rest);
        int length = UInt16(_rest[2..]);
        if (Code == PcapngFormat.EndOfOptions)
            return false;
        IsMalformed = _rest.Length < HeadLength + PcapngFormat.Padded(length);
        if (IsMalformed)
            return false;
        Value = _rest.Slice(HeadLength, length);
        _rest = _rest[(HeadLength + PcapngFormat.Padded(length))..];
        return true;
    }

    public string Text() => Encoding.UTF8.GetString(Value);

    /// <summary>The value as a number of so many bytes; 0, and malformed, when it has another length.</summary>
    public ulong Number(int size)
    {
        IsMalformed = Value.Length != size;
        ulong number = 0;
        for (int i = 0; i < size && !IsMalformed; i++)
            number = (number << 8) | Value[bigEndian ? i : size - 1 - i];
        return number;
    }

    private readonly ushort UInt16(ReadOnlySpan<byte> bytes) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
}
