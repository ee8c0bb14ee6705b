using System.Buffers.Binary;
using System.Text;

namespace STrace.Capture;

/// <summary>Puts one block together, little-endian.</summary>
internal sealed class PcapngBlockWriter
{
    private byte[] _bytes = new byte[4096];
    private int _length;

    public void Begin(uint type)
    {
        _length = 0;
        UInt32(type);
        UInt32(0); // the length, which End knows
    }

    public void UInt16(ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(Take(sizeof(ushort)), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);

    public void UInt64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(sizeof(ulong)), value);

    /// <summary>64 bits as the format writes times: the upper half first.</summary>
    public void Time(long value)
    {
        UInt32((uint)(value >> 32));
        UInt32((uint)value);
    }

    public void Padded(ReadOnlySpan<byte> bytes)
    {
        Span<byte> target = Take(PcapngFormat.Padded(bytes.Length));
        bytes.CopyTo(target);
        target[bytes.Length..].Clear();
    }

    public void Option(ushort code, ReadOnlySpan<byte> value)
    {
        UInt16(code);
        UInt16((ushort)value.Length);
        Padded(value);
    }

    /// <summary>Nothing for an empty text.</summary>
    /// <exception cref="ArgumentException">It is longer than an option can be.</exception>
    public void Option(ushort code, string text)
    {
        if (text.Length == 0)
            return;
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        if (utf8.Length > ushort.MaxValue)
            throw new ArgumentException($"a text of {utf8.Length} bytes, and a pcapng option holds {ushort.MaxValue}", nameof(text));
        Option(code, utf8);
    }

    public void Option(ushort code, ulong value)
    {
        UInt16(code);
        UInt16(sizeof(ulong));
        UInt64(value);
    }

    public void EndOptions() => Option(PcapngFormat.EndOfOptions, []);

    /// <returns>The whole block, until the next one begins.</returns>
    public ReadOnlySpan<byte> End()
    {
        int length = _length + sizeof(uint);
        UInt32((uint)length);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(sizeof(uint)), (uint)length);
        return _bytes.AsSpan(0, length);
    }

    private Span<byte> Take(int length)
    {
        if (_bytes.Length - _length < length)
            Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + length));
        _length += length;
        return _bytes.AsSpan(_length - length, length);
    }
}
