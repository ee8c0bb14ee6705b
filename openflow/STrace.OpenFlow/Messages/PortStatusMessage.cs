namespace STrace.OpenFlow;

/// <summary>A port came, went or changed (<c>OFPT_PORT_STATUS</c>, <c>ofp_port_status</c>, section 5.4.3).</summary>
public sealed record PortStatusMessage : OpenFlowMessage
{
    //  8        9     16     64
    // +--------+-----+------+
    // | reason | pad | desc |
    // +--------+-----+------+
    private const int PaddingLength = 7;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.PortStatus;

    /// <summary>What became of it.</summary>
    public PortStatusReason Reason { get; init; }

    /// <summary>The port, as it is now.</summary>
    public PortDescription Port { get; init; } = new();

    internal static PortStatusMessage Read(ref WireReader reader)
    {
        var reason = (PortStatusReason)reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return new PortStatusMessage { Xid = reader.Xid, Reason = reason, Port = PortDescription.Read(ref reader) };
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteByte((byte)Reason);
        writer.WritePadding(PaddingLength);
        Port.Write(writer);
    }
}
