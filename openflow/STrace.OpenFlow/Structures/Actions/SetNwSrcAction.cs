namespace STrace.OpenFlow;

/// <summary>Rewrites the IPv4 source and its checksums (<c>ofp_action_nw_addr</c>, section 5.2.4).</summary>
/// <param name="Address">The new source.</param>
public sealed record SetNwSrcAction(Ipv4Address Address) : OpenFlowAction
{
    //  4         8
    // +---------+
    // | nw_addr |
    // +---------+

    /// <inheritdoc/>
    public override ActionType Type => ActionType.SetNwSrc;

    /// <summary><c>mod_nw_src:</c> and the value.</summary>
    public override string ToString() => $"mod_nw_src:{Address}";

    internal static SetNwSrcAction Read(ref WireReader reader) => new(reader.ReadIpv4());

    internal override void WriteBody(WireWriter writer) => writer.WriteIpv4(Address);
}
