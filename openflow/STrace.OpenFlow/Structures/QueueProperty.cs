namespace STrace.OpenFlow;

/// <summary>What a queue guarantees (<c>ofp_queue_prop_header</c>, section 5.2.2).</summary>
public abstract record QueueProperty
{
    //  0          2     4     8
    // +----------+-----+-----+------ - -
    // | property | len | pad | body
    // +----------+-----+-----+------ - -
    private const int LengthOffset = 2;
    private const int PaddingLength = 4;
    private const int HeaderLength = 8;

    internal abstract ushort Property { get; }

    internal abstract void WriteBody(WireWriter writer);

    internal static QueueProperty Read(ref WireReader reader)
    {
        var property = reader.ReadUInt16();
        var length = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        var end = reader.Enter(length - HeaderLength);
        QueueProperty result = property == MinimumRateQueueProperty.Number
            ? MinimumRateQueueProperty.Read(ref reader)
            : new OtherQueueProperty(property, reader.ReadRest());
        reader.Leave(end);
        return result;
    }

    internal void Write(WireWriter writer)
    {
        var start = writer.Position;
        writer.WriteUInt16(Property);
        writer.WriteUInt16(0);
        writer.WritePadding(PaddingLength);
        WriteBody(writer);
        writer.PatchUInt16(start + LengthOffset, writer.Position - start);
    }
}

/// <summary>The queue gets at least this much (<c>OFPQT_MIN_RATE</c>, <c>ofp_queue_prop_min_rate</c>).</summary>
/// <param name="TenthsOfPercent">Of the port's rate, in 1/10 of a percent; above 1000 means not configured.</param>
public sealed record MinimumRateQueueProperty(ushort TenthsOfPercent) : QueueProperty
{
    //  8      10    16
    // +------+-----+
    // | rate | pad |
    // +------+-----+
    internal const ushort Number = 1;
    private const int RatePaddingLength = 6;

    internal override ushort Property => Number;

    internal static new MinimumRateQueueProperty Read(ref WireReader reader)
    {
        var rate = reader.ReadUInt16();
        reader.ReadPadding(RatePaddingLength);
        return new MinimumRateQueueProperty(rate);
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt16(TenthsOfPercent);
        writer.WritePadding(RatePaddingLength);
    }
}

/// <summary>A property without a layout in 1.0; number 0 is <c>OFPQT_NONE</c>.</summary>
public sealed record OtherQueueProperty(ushort Number, ReadOnlyMemory<byte> Body) : QueueProperty
{
    internal override ushort Property => Number;

    internal override void WriteBody(WireWriter writer) => writer.WriteBytes(Body);
}
