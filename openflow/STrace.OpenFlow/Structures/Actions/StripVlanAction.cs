namespace STrace.OpenFlow;

/// <summary>Takes the VLAN tag off (<c>ofp_action_header</c> alone, section 5.2.4).</summary>
public sealed record StripVlanAction : OpenFlowAction
{
    //  4     8
    // +-----+
    // | pad |
    // +-----+
    private const int PaddingLength = 4;

    /// <inheritdoc/>
    public override ActionType Type => ActionType.StripVlan;

    /// <summary><c>strip_vlan</c>.</summary>
    public override string ToString() => "strip_vlan";

    internal static StripVlanAction Read(ref WireReader reader)
    {
        reader.ReadPadding(PaddingLength);
        return new StripVlanAction();
    }

    internal override void WriteBody(WireWriter writer) => writer.WritePadding(PaddingLength);
}
