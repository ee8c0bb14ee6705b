namespace STrace.OpenFlow;

/// <summary>Rewrites the TCP or UDP destination port (<c>ofp_action_tp_port</c>, section 5.2.4).</summary>
/// <param name="Port">The new port.</param>
public sealed record SetTpDstAction(ushort Port) : OpenFlowAction
{
    //  4         6     8
    // +---------+-----+
    // | tp_port | pad |
    // +---------+-----+
    private const int PaddingLength = 2;

    /// <inheritdoc/>
    public override ActionType Type => ActionType.SetTpDst;

    /// <summary><c>mod_tp_dst:</c> and the value.</summary>
    public override string ToString() => $"mod_tp_dst:{Port}";

    internal static SetTpDstAction Read(ref WireReader reader)
    {
        var port = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new SetTpDstAction(port);
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WritePadding(PaddingLength);
    }
}
