namespace STrace.OpenFlow;

/// <summary>Sets the Ethernet source (<c>ofp_action_dl_addr</c>, section 5.2.4).</summary>
/// <param name="Address">The new source.</param>
public sealed record SetDlSrcAction(MacAddress Address) : OpenFlowAction
{
    //  4         10    16
    // +---------+-----+
    // | dl_addr | pad |
    // +---------+-----+
    private const int PaddingLength = 6;

    /// <inheritdoc/>
    public override ActionType Type => ActionType.SetDlSrc;

    /// <summary><c>mod_dl_src:</c> and the value.</summary>
    public override string ToString() => $"mod_dl_src:{Address}";

    internal static SetDlSrcAction Read(ref WireReader reader)
    {
        var address = reader.ReadMac();
        reader.ReadPadding(PaddingLength);
        return new SetDlSrcAction(address);
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteMac(Address);
        writer.WritePadding(PaddingLength);
    }
}
