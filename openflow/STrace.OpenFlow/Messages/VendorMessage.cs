namespace STrace.OpenFlow;

/// <summary>A message of a vendor's own (<c>OFPT_VENDOR</c>, <c>ofp_vendor_header</c>, section 5.5.4).</summary>
public sealed record VendorMessage : OpenFlowMessage
{
    //  8        12
    // +--------+------ - -
    // | vendor | data
    // +--------+------ - -

    /// <inheritdoc/>
    public override MessageType Type => MessageType.Vendor;

    /// <summary>The vendor's id; <see cref="NiciraMessage.VendorId"/> is Nicira, whose messages <see cref="NiciraMessage.Of"/> reads.</summary>
    public uint Vendor { get; init; }

    /// <summary>What the vendor says.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    internal static VendorMessage Read(ref WireReader reader) =>
        new() { Xid = reader.Xid, Vendor = reader.ReadUInt32(), Data = reader.ReadRest() };

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt32(Vendor);
        writer.WriteBytes(Data);
    }
}
