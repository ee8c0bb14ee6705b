namespace STrace.OpenFlow;

/// <summary>Puts a value into bits of a field (<c>NXAST_REG_LOAD</c>, <c>nx_action_reg_load</c>): into <see cref="NiciraField.IpDst"/> it rewrites an address.</summary>
/// <param name="Destination">The field, as in <see cref="NiciraField"/>.</param>
/// <param name="FirstBit">The lowest of its bits that is changed.</param>
/// <param name="BitCount">How many are.</param>
/// <param name="Value">What they become.</param>
public sealed record NiciraRegisterLoadAction(uint Destination, int FirstBit, int BitCount, ulong Value) : NiciraAction
{
    //  10          12    16      24
    // +-----------+-----+-------+
    // | ofs_nbits | dst | value |
    // +-----------+-----+-------+
    private const int CountBits = 6;

    /// <summary><c>load:0xa000007->NXM_OF_IP_DST[]</c>.</summary>
    public override string ToString() => $"load:{(Value == 0 ? "0" : $"0x{Value:x}")}->{NiciraField.Bits(Destination, FirstBit, BitCount)}";

    internal static NiciraRegisterLoadAction Read(ref WireReader reader)
    {
        var bits = reader.ReadUInt16();
        return new(reader.ReadUInt32(), bits >> CountBits, (bits & ((1 << CountBits) - 1)) + 1, reader.ReadUInt64());
    }
}

/// <summary>Copies bits of one field into another (<c>NXAST_REG_MOVE</c>, <c>nx_action_reg_move</c>).</summary>
/// <param name="Source">The field that is read, as in <see cref="NiciraField"/>.</param>
/// <param name="SourceFirstBit">The lowest of its bits that is copied.</param>
/// <param name="Destination">The field that is changed.</param>
/// <param name="DestinationFirstBit">The lowest of its bits that is.</param>
/// <param name="BitCount">How many are.</param>
public sealed record NiciraRegisterMoveAction(uint Source, int SourceFirstBit, uint Destination, int DestinationFirstBit, int BitCount)
    : NiciraAction
{
    //  10       12        14        16    20    24
    // +--------+---------+---------+-----+-----+
    // | n_bits | src_ofs | dst_ofs | src | dst |
    // +--------+---------+---------+-----+-----+

    /// <summary><c>move:NXM_OF_IP_SRC[]->NXM_OF_IP_DST[]</c>.</summary>
    public override string ToString() =>
        $"move:{NiciraField.Bits(Source, SourceFirstBit, BitCount)}->{NiciraField.Bits(Destination, DestinationFirstBit, BitCount)}";

    internal static NiciraRegisterMoveAction Read(ref WireReader reader)
    {
        var (count, sourceFirst, destinationFirst) = (reader.ReadUInt16(), reader.ReadUInt16(), reader.ReadUInt16());
        return new(reader.ReadUInt32(), sourceFirst, reader.ReadUInt32(), destinationFirst, count);
    }
}

/// <summary>Sends the packet out of the port that a field holds (<c>NXAST_OUTPUT_REG</c>, <c>nx_action_output_reg</c>).</summary>
/// <param name="Source">The field, as in <see cref="NiciraField"/>.</param>
/// <param name="FirstBit">The lowest of its bits that is read.</param>
/// <param name="BitCount">How many are.</param>
/// <param name="MaxLength">Bytes of the packet that a controller gets.</param>
public sealed record NiciraOutputRegisterAction(uint Source, int FirstBit, int BitCount, ushort MaxLength) : NiciraAction
{
    //  10          12    16        18    24
    // +-----------+-----+---------+-----+
    // | ofs_nbits | src | max_len | pad |
    // +-----------+-----+---------+-----+
    private const int CountBits = 6;
    private const int PaddingLength = 6;

    /// <summary><c>output:NXM_NX_REG0[0..15]</c>.</summary>
    public override string ToString() => $"output:{NiciraField.Bits(Source, FirstBit, BitCount)}";

    internal static NiciraOutputRegisterAction Read(ref WireReader reader)
    {
        var bits = reader.ReadUInt16();
        var (source, maxLength) = (reader.ReadUInt32(), reader.ReadUInt16());
        reader.ReadPadding(PaddingLength);
        return new(source, bits >> CountBits, (bits & ((1 << CountBits) - 1)) + 1, maxLength);
    }
}
