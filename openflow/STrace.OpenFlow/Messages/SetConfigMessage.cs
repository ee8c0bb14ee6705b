namespace STrace.OpenFlow;

/// <summary>Configures a switch (<c>OFPT_SET_CONFIG</c>, <c>ofp_switch_config</c>, section 5.3.2).</summary>
public sealed record SetConfigMessage : OpenFlowMessage
{
    //  8       10              12
    // +-------+---------------+
    // | flags | miss_send_len |
    // +-------+---------------+

    /// <inheritdoc/>
    public override MessageType Type => MessageType.SetConfig;

    /// <summary>What is done with IP fragments.</summary>
    public FragmentHandling Fragments { get; init; }

    /// <summary>Bytes of a packet that no rule took which go to the controller.</summary>
    public ushort MissSendLength { get; init; } = OpenFlowConstants.DefaultMissSendLength;

    internal static SetConfigMessage Read(ref WireReader reader) => new()
    {
        Xid = reader.Xid,
        Fragments = (FragmentHandling)reader.ReadUInt16(),
        MissSendLength = reader.ReadUInt16(),
    };

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16((ushort)Fragments);
        writer.WriteUInt16(MissSendLength);
    }
}
