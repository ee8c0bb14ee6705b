namespace STrace.OpenFlow;

/// <summary>Rewrites the IPv4 destination and its checksums (<c>ofp_action_nw_addr</c>, section 5.2.4).</summary>
/// <param name="Address">The new destination.</param>
public sealed record SetNwDstAction(Ipv4Address Address) : OpenFlowAction
{
    //  4         8
    // +---------+
    // | nw_addr |
    // +---------+

    /// <inheritdoc/>
    public override ActionType Type => ActionType.SetNwDst;

    /// <summary><c>mod_nw_dst:</c> and the value.</summary>
    public override string ToString() => $"mod_nw_dst:{Address}";

    internal static SetNwDstAction Read(ref WireReader reader) => new(reader.ReadIpv4());

    internal override void WriteBody(WireWriter writer) => writer.WriteIpv4(Address);
}
