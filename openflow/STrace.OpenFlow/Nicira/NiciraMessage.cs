namespace STrace.OpenFlow;

/// <summary>
/// What a <see cref="VendorMessage"/> of Nicira says (<c>nicira_header</c> of Open vSwitch's nicira-ext.h). A reading of the message, which
/// itself stays as it came: what is not understood, or malformed, is just not read.
/// </summary>
public abstract record NiciraMessage
{
    //  12        16
    // +---------+------ - -
    // | subtype | body
    // +---------+------ - -

    /// <summary>Nicira's vendor id (<c>NX_VENDOR_ID</c>).</summary>
    public const uint VendorId = 0x00002320;

    /// <summary>Which message.</summary>
    public abstract NiciraMessageType Type { get; }

    /// <summary>As <see cref="OpenFlowMessage.Padding"/>.</summary>
    private ReadOnlyMemory<byte> Padding { get; init; }

    internal abstract void WriteBody(WireWriter writer);

    /// <summary>Reads a message; null when it is another vendor's, of a kind that is not recognised, or malformed.</summary>
    public static NiciraMessage? Of(VendorMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (message.Vendor != VendorId)
            return null;
        var reader = new WireReader(message.Data.Span, MessageType.Vendor, 0);
        try
        {
            var read = ReadBody(ref reader, (NiciraMessageType)reader.ReadUInt32());
            if (read is null)
                return null;
            reader.ExpectEnd();
            return read with { Padding = reader.OddPadding };
        }
        catch (OpenFlowProtocolException)
        {
            return null;
        }
    }

    /// <summary>The message as it goes over the wire; what was read and not changed has the same bytes again.</summary>
    /// <exception cref="ArgumentException">It is too long for a message.</exception>
    public VendorMessage ToVendorMessage(uint xid)
    {
        using var writer = new WireWriter(Padding);
        writer.WriteUInt32((uint)Type);
        WriteBody(writer);
        return new VendorMessage { Xid = xid, Vendor = VendorId, Data = writer.Written.ToArray() };
    }

    private static NiciraMessage? ReadBody(ref WireReader reader, NiciraMessageType type) => type switch
    {
        NiciraMessageType.RoleRequest => new NiciraRoleRequest((NiciraRole)reader.ReadUInt32()),
        NiciraMessageType.RoleReply => new NiciraRoleReply((NiciraRole)reader.ReadUInt32()),
        NiciraMessageType.SetFlowFormat => new NiciraSetFlowFormat((NiciraFlowFormat)reader.ReadUInt32()),
        NiciraMessageType.FlowMod => NiciraFlowMod.Read(ref reader),
        NiciraMessageType.FlowRemoved => NiciraFlowRemoved.Read(ref reader),
        NiciraMessageType.FlowModTableId => NiciraFlowModTableId.Read(ref reader),
        NiciraMessageType.SetPacketInFormat => new NiciraSetPacketInFormat((NiciraPacketInFormat)reader.ReadUInt32()),
        NiciraMessageType.PacketIn => NiciraPacketIn.Read(ref reader),
        _ => null,
    };
}
