using System.Buffers.Binary;

namespace STrace.OpenFlow;

/// <summary>One entry of a <see cref="NiciraMatch"/>.</summary>
/// <param name="Header">Which field, as in <see cref="NiciraField"/>, without the bit for a mask and with the length of the value alone.</param>
/// <param name="Value">Its value, in network order.</param>
/// <param name="Mask">Which bits of it count; empty for all.</param>
public sealed record NiciraMatchField(uint Header, ReadOnlyMemory<byte> Value, ReadOnlyMemory<byte> Mask)
{
    //  0       2                 3        4
    // +-------+-------+---------+--------+------- - - +------ - -
    // | class | field | hasmask | length | value      | mask
    // +-------+-------+---------+--------+------- - - +------ - -
    //           7 bits  1 bit
    private const uint LengthBits = 0xff;

    /// <summary><c>reg0=0x7</c>, <c>tun_id=0x5/0xff</c>.</summary>
    public override string ToString()
    {
        var name = NiciraField.Name(Header);
        var shortName = name.StartsWith("NXM_", StringComparison.Ordinal) ? name["NXM_OF_".Length..].ToLowerInvariant() : name;
        return $"{shortName}={Hex(Value.Span)}{(Mask.IsEmpty ? "" : "/" + Hex(Mask.Span))}";
    }

    internal uint Number => Value.Length switch
    {
        1 => Value.Span[0],
        2 => BinaryPrimitives.ReadUInt16BigEndian(Value.Span),
        _ => BinaryPrimitives.ReadUInt32BigEndian(Value.Span),
    };

    /// <summary>The mask of a field of 2 or 4 bytes; all ones without one.</summary>
    internal uint MaskNumber => Mask.Length switch
    {
        2 => BinaryPrimitives.ReadUInt16BigEndian(Mask.Span),
        4 => BinaryPrimitives.ReadUInt32BigEndian(Mask.Span),
        _ => uint.MaxValue,
    };

    internal static NiciraMatchField Read(ref WireReader reader)
    {
        var header = reader.ReadUInt32();
        var length = (int)(header & LengthBits);
        if ((header & NiciraField.MaskBit) == 0)
            return new NiciraMatchField(header, reader.Take(length).ToArray(), ReadOnlyMemory<byte>.Empty);
        if (length % 2 != 0 || length == 0)
            throw reader.Error($"{length} bytes are not a value and its mask");
        var value = reader.Take(length / 2).ToArray();
        return new NiciraMatchField((header & ~(NiciraField.MaskBit | LengthBits)) | (uint)(length / 2), value, reader.Take(length / 2).ToArray());
    }

    internal void Write(WireWriter writer)
    {
        writer.WriteUInt32(Mask.IsEmpty ? Header : (Header | NiciraField.MaskBit) + (Header & LengthBits));
        writer.WriteBytes(Value);
        writer.WriteBytes(Mask);
    }

    private static string Hex(ReadOnlySpan<byte> bytes)
    {
        var digits = Convert.ToHexStringLower(bytes).TrimStart('0');
        return "0x" + (digits.Length == 0 ? "0" : digits);
    }
}
