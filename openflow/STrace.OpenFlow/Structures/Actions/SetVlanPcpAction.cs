namespace STrace.OpenFlow;

/// <summary>Sets or adds the VLAN priority (<c>ofp_action_vlan_pcp</c>, section 5.2.4).</summary>
/// <param name="Priority">Three bits.</param>
public sealed record SetVlanPcpAction(byte Priority) : OpenFlowAction
{
    //  4          5     8
    // +----------+-----+
    // | vlan_pcp | pad |
    // +----------+-----+
    private const int PaddingLength = 3;

    /// <inheritdoc/>
    public override ActionType Type => ActionType.SetVlanPcp;

    /// <summary><c>mod_vlan_pcp:</c> and the value.</summary>
    public override string ToString() => $"mod_vlan_pcp:{Priority}";

    internal static SetVlanPcpAction Read(ref WireReader reader)
    {
        var priority = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return new SetVlanPcpAction(priority);
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteByte(Priority);
        writer.WritePadding(PaddingLength);
    }
}
