namespace STrace.OpenFlow;

/// <summary>Sets the IP type of service (<c>ofp_action_nw_tos</c>, section 5.2.4).</summary>
/// <param name="TypeOfService">The whole byte; its upper six bits are the DSCP.</param>
public sealed record SetNwTosAction(byte TypeOfService) : OpenFlowAction
{
    //  4        5     8
    // +--------+-----+
    // | nw_tos | pad |
    // +--------+-----+
    private const int PaddingLength = 3;

    /// <inheritdoc/>
    public override ActionType Type => ActionType.SetNwTos;

    /// <summary><c>mod_nw_tos:</c> and the value.</summary>
    public override string ToString() => $"mod_nw_tos:{TypeOfService}";

    internal static SetNwTosAction Read(ref WireReader reader)
    {
        var typeOfService = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return new SetNwTosAction(typeOfService);
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteByte(TypeOfService);
        writer.WritePadding(PaddingLength);
    }
}
