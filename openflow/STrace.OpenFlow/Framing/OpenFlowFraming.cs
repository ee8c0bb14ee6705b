using System.Buffers;
using System.Buffers.Binary;

namespace STrace.OpenFlow;

/// <summary>Cuts a byte stream into messages of any version (HELLO may carry another) by the length in their header, section 5.1.</summary>
public static class OpenFlowFraming
{
    //  0         1      2        4     8
    // +---------+------+--------+-----+------ - -
    // | version | type | length | xid | body
    // +---------+------+--------+-----+------ - -

    /// <summary>Bytes of <c>ofp_header</c>, the shortest message.</summary>
    public const int HeaderLength = 8;

    /// <summary>The longest message that the 16-bit length field can announce, in bytes.</summary>
    public const int MaxMessageLength = ushort.MaxValue;

    internal const int TypeOffset = 1;
    internal const int LengthOffset = 2;
    internal const int XidOffset = 4;
    private const int LengthEnd = LengthOffset + sizeof(ushort);

    /// <summary>Takes the first whole message off the buffer.</summary>
    /// <returns>False, with the buffer untouched, while more bytes are needed.</returns>
    /// <exception cref="OpenFlowProtocolException">The header announces fewer bytes than a header has.</exception>
    public static bool TryReadFrame(ref ReadOnlySequence<byte> buffer, out ReadOnlySequence<byte> frame)
    {
        frame = default;
        if (buffer.Length < LengthEnd)
            return false;

        Span<byte> start = stackalloc byte[LengthEnd];
        buffer.Slice(0, LengthEnd).CopyTo(start);
        var length = ReadLength(start);
        if (buffer.Length < length)
            return false;

        frame = buffer.Slice(0, length);
        buffer = buffer.Slice(length);
        return true;
    }

    /// <summary>Says how many bytes the first message in the buffer takes.</summary>
    /// <returns>False while more bytes are needed to have all of it.</returns>
    /// <exception cref="OpenFlowProtocolException">The header announces fewer bytes than a header has.</exception>
    public static bool TryReadFrame(ReadOnlySpan<byte> buffer, out int frameLength)
    {
        frameLength = 0;
        if (buffer.Length < LengthEnd)
            return false;

        var length = ReadLength(buffer);
        if (buffer.Length < length)
            return false;

        frameLength = length;
        return true;
    }

    private static int ReadLength(ReadOnlySpan<byte> start)
    {
        int length = BinaryPrimitives.ReadUInt16BigEndian(start[LengthOffset..]);
        if (length < HeaderLength)
            throw new OpenFlowProtocolException($"{length} bytes announced, a message has at least {HeaderLength}", LengthOffset);
        return length;
    }
}
