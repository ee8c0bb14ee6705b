namespace STrace.OpenFlow;

/// <summary>What passed a port? (<c>OFPST_PORT</c>, <c>ofp_port_stats_request</c>, section 5.3.5).</summary>
/// <param name="Port">A port, or <see cref="PortNumber.None"/> for all.</param>
public sealed record PortStatsRequest(ushort Port = PortNumber.None) : StatsRequestBody
{
    //  12        14    20
    // +---------+-----+
    // | port_no | pad |
    // +---------+-----+
    private const int PaddingLength = 6;

    /// <inheritdoc/>
    public override StatsType Type => StatsType.Port;

    internal static PortStatsRequest Read(ref WireReader reader)
    {
        var port = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new PortStatsRequest(port);
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WritePadding(PaddingLength);
    }
}
