namespace STrace.OpenFlow;

/// <summary>An action of a vendor's own (<c>ofp_action_vendor_header</c>, section 5.2.4).</summary>
/// <param name="Vendor">The vendor's id; 0x00002320 is Nicira.</param>
/// <param name="Data">What follows: a multiple of eight bytes.</param>
public sealed record VendorAction(uint Vendor, ReadOnlyMemory<byte> Data) : OpenFlowAction
{
    //  4        8
    // +--------+------ - -
    // | vendor | data
    // +--------+------ - -

    /// <inheritdoc/>
    public override ActionType Type => ActionType.Vendor;

    /// <summary>What <see cref="NiciraAction"/> makes of it, else <c>vendor:ID:HEX</c>.</summary>
    public override string ToString() => NiciraAction.Of(this)?.ToString() ?? $"vendor:0x{Vendor:x8}:{Convert.ToHexStringLower(Data.Span)}";

    internal static VendorAction Read(ref WireReader reader) => new(reader.ReadUInt32(), reader.ReadRest());

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt32(Vendor);
        writer.WriteBytes(Data);
    }
}
