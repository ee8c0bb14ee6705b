namespace STrace.OpenFlow;

/// <summary>Sets the Ethernet destination (<c>ofp_action_dl_addr</c>, section 5.2.4).</summary>
/// <param name="Address">The new destination.</param>
public sealed record SetDlDstAction(MacAddress Address) : OpenFlowAction
{
    //  4         10    16
    // +---------+-----+
    // | dl_addr | pad |
    // +---------+-----+
    private const int PaddingLength = 6;

    /// <inheritdoc/>
    public override ActionType Type => ActionType.SetDlDst;

    /// <summary><c>mod_dl_dst:</c> and the value.</summary>
    public override string ToString() => $"mod_dl_dst:{Address}";

    internal static SetDlDstAction Read(ref WireReader reader)
    {
        var address = reader.ReadMac();
        reader.ReadPadding(PaddingLength);
        return new SetDlDstAction(address);
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteMac(Address);
        writer.WritePadding(PaddingLength);
    }
}
