namespace STrace.OpenFlow;

/// <summary>What a vendor's own statistics ask (<c>OFPST_VENDOR</c>, section 5.3.5).</summary>
/// <param name="Vendor">The vendor's id.</param>
/// <param name="Data">What follows.</param>
public sealed record VendorStatsRequest(uint Vendor, ReadOnlyMemory<byte> Data) : StatsRequestBody
{
    //  12       16
    // +--------+------ - -
    // | vendor | data
    // +--------+------ - -

    /// <inheritdoc/>
    public override StatsType Type => StatsType.Vendor;

    internal static VendorStatsRequest Read(ref WireReader reader) => new(reader.ReadUInt32(), reader.ReadRest());

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt32(Vendor);
        writer.WriteBytes(Data);
    }
}
