namespace STrace.OpenFlow;

/// <summary>Sets or adds the VLAN id (<c>ofp_action_vlan_vid</c>, section 5.2.4).</summary>
/// <param name="VlanId">Twelve bits.</param>
public sealed record SetVlanVidAction(ushort VlanId) : OpenFlowAction
{
    //  4          6     8
    // +----------+-----+
    // | vlan_vid | pad |
    // +----------+-----+
    private const int PaddingLength = 2;

    /// <inheritdoc/>
    public override ActionType Type => ActionType.SetVlanVid;

    /// <summary><c>mod_vlan_vid:</c> and the value.</summary>
    public override string ToString() => $"mod_vlan_vid:{VlanId}";

    internal static SetVlanVidAction Read(ref WireReader reader)
    {
        var vlanId = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new SetVlanVidAction(vlanId);
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt16(VlanId);
        writer.WritePadding(PaddingLength);
    }
}
