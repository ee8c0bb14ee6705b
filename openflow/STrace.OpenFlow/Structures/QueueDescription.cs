namespace STrace.OpenFlow;

/// <summary>A queue of a port (<c>ofp_packet_queue</c>, section 5.2.2).</summary>
public sealed record QueueDescription
{
    //  0          4     6     8
    // +----------+-----+-----+------------ - -
    // | queue_id | len | pad | properties
    // +----------+-----+-----+------------ - -
    private const int LengthOffset = 4;
    private const int PaddingLength = 2;
    private const int HeaderLength = 8;

    /// <summary>Its number at the port.</summary>
    public uint QueueId { get; init; }

    /// <summary>What it guarantees.</summary>
    public IReadOnlyList<QueueProperty> Properties { get; init; } = [];

    internal static QueueDescription Read(ref WireReader reader)
    {
        var queueId = reader.ReadUInt32();
        var length = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        var end = reader.Enter(length - HeaderLength);
        var properties = new List<QueueProperty>();
        while (reader.Remaining > 0)
            properties.Add(QueueProperty.Read(ref reader));
        reader.Leave(end);
        return new QueueDescription { QueueId = queueId, Properties = properties };
    }

    internal void Write(WireWriter writer)
    {
        var start = writer.Position;
        writer.WriteUInt32(QueueId);
        writer.WriteUInt16(0);
        writer.WritePadding(PaddingLength);
        foreach (var property in Properties)
            property.Write(writer);
        writer.PatchUInt16(start + LengthOffset, writer.Position - start);
    }
}
