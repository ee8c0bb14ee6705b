namespace STrace.OpenFlow;

/// <summary>Looks the packet up again and does what is found, too (<c>NXAST_RESUBMIT</c>, <c>NXAST_RESUBMIT_TABLE</c>).</summary>
/// <param name="InPort">As if it had come in here; <see cref="PortNumber.InPort"/> for where it did.</param>
/// <param name="TableId">In this table; <see cref="OpenFlowConstants.AllTables"/> for the present one.</param>
public sealed record NiciraResubmitAction(ushort InPort, byte TableId = OpenFlowConstants.AllTables) : NiciraAction
{
    //  10        12         13    16
    // +---------+----------+-----+
    // | in_port | table_id | pad |
    // +---------+----------+-----+
    private const int PaddingLength = 3;

    /// <summary><c>resubmit:3</c>, <c>resubmit(3,1)</c>, <c>resubmit(,1)</c>.</summary>
    public override string ToString() => TableId == OpenFlowConstants.AllTables
        ? $"resubmit:{PortNumber.Format(InPort)}"
        : $"resubmit({(InPort == PortNumber.InPort ? "" : PortNumber.Format(InPort))},{TableId})";

    internal static NiciraResubmitAction Read(ref WireReader reader, bool hasTable)
    {
        var inPort = reader.ReadUInt16();
        var tableId = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return new NiciraResubmitAction(inPort, hasTable ? tableId : OpenFlowConstants.AllTables);
    }
}

/// <summary>Does nothing: bytes for whoever reads the rule (<c>NXAST_NOTE</c>).</summary>
/// <param name="Data">The note.</param>
public sealed record NiciraNoteAction(ReadOnlyMemory<byte> Data) : NiciraAction
{
    /// <summary><c>note:01.02.03</c>.</summary>
    public override string ToString() => $"note:{string.Join('.', Convert.ToHexStringLower(Data.Span).Chunk(2).Select(two => new string(two)))}";
}
