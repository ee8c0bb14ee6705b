using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace STrace.OpenFlow;

/// <summary>Writes one message in network byte order into a pooled buffer.</summary>
internal sealed class WireWriter(ReadOnlyMemory<byte> oddPadding) : IDisposable
{
    private const int FirstCapacity = 256;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstCapacity);
    private ReadOnlyMemory<byte> _oddPadding = oddPadding;

    public int Position { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Position);

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    public void WriteByte(byte value) => Take(sizeof(byte))[0] = value;

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Take(sizeof(ushort)), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Take(sizeof(uint)), value);

    public void WriteUInt64(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Take(sizeof(ulong)), value);

    public void WriteMac(MacAddress value) => value.Write(Take(MacAddress.Length));

    public void WriteIpv4(Ipv4Address value) => WriteUInt32(value.Value);

    public void WriteBytes(ReadOnlyMemory<byte> bytes) => bytes.Span.CopyTo(Take(bytes.Length));

    /// <summary>The reverse of <see cref="WireReader.ReadText"/>.</summary>
    public void WriteText(string text, int fieldLength)
    {
        if (text.Length > fieldLength || text.AsSpan().ContainsAnyExceptInRange('\u0001', '\u00ff'))
            throw new ArgumentException($"'{text}' is not a text of at most {fieldLength} Latin-1 characters");
        Encoding.Latin1.GetBytes(text, Take(text.Length));
        if (text.Length == fieldLength)
            return;
        WriteByte(0);
        WritePadding(fieldLength - text.Length - 1);
    }

    /// <summary>Zeros, or the bytes that stood here when the message was decoded.</summary>
    public void WritePadding(int length)
    {
        var padding = Take(length);
        padding.Clear();
        var odd = Math.Min(length, _oddPadding.Length);
        _oddPadding.Span[..odd].CopyTo(padding);
        _oddPadding = _oddPadding[odd..];
    }

    public void PatchUInt16(int offset, int value) =>
        BinaryPrimitives.WriteUInt16BigEndian(_buffer.AsSpan(offset), (ushort)value);

    public Span<byte> Take(int length)
    {
        var end = Position + length;
        if (end > OpenFlowFraming.MaxMessageLength)
            throw new ArgumentException($"the message is longer than {OpenFlowFraming.MaxMessageLength} bytes");
        if (end > _buffer.Length)
            Grow(end);
        var bytes = _buffer.AsSpan(Position, length);
        Position = end;
        return bytes;
    }

    private void Grow(int capacity)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(capacity, 2 * _buffer.Length));
        Written.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
