namespace STrace.OpenFlow;

/// <summary>Who made the switch? No body (<c>OFPST_DESC</c>).</summary>
public sealed record DescriptionStatsRequest : StatsRequestBody
{
    /// <inheritdoc/>
    public override StatsType Type => StatsType.Description;

    internal override void Write(WireWriter writer)
    {
    }
}

/// <summary>Who made the switch (<c>ofp_desc_stats</c>, section 5.3.5).</summary>
public sealed record DescriptionStatsReply : StatsReplyBody
{
    //  12         268       524       780          812       1068
    // +----------+---------+---------+------------+---------+
    // | mfr_desc | hw_desc | sw_desc | serial_num | dp_desc |
    // +----------+---------+---------+------------+---------+
    private const int DescriptionLength = 256; // DESC_STR_LEN
    private const int SerialNumberLength = 32; // SERIAL_NUM_LEN

    /// <inheritdoc/>
    public override StatsType Type => StatsType.Description;

    /// <summary>Its maker.</summary>
    public string Manufacturer { get; init; } = "";

    /// <summary>Its hardware.</summary>
    public string Hardware { get; init; } = "";

    /// <summary>Its software.</summary>
    public string Software { get; init; } = "";

    /// <summary>Its serial number.</summary>
    public string SerialNumber { get; init; } = "";

    /// <summary>What its operator calls it.</summary>
    public string Datapath { get; init; } = "";

    internal static DescriptionStatsReply Read(ref WireReader reader) => new()
    {
        Manufacturer = reader.ReadText(DescriptionLength),
        Hardware = reader.ReadText(DescriptionLength),
        Software = reader.ReadText(DescriptionLength),
        SerialNumber = reader.ReadText(SerialNumberLength),
        Datapath = reader.ReadText(DescriptionLength),
    };

    internal override void Write(WireWriter writer)
    {
        writer.WriteText(Manufacturer, DescriptionLength);
        writer.WriteText(Hardware, DescriptionLength);
        writer.WriteText(Software, DescriptionLength);
        writer.WriteText(SerialNumber, SerialNumberLength);
        writer.WriteText(Datapath, DescriptionLength);
    }
}
