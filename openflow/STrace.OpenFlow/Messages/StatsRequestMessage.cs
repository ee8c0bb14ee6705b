namespace STrace.OpenFlow;

/// <summary>Asks for statistics (<c>OFPT_STATS_REQUEST</c>, <c>ofp_stats_request</c>, section 5.3.5).</summary>
public sealed record StatsRequestMessage : OpenFlowMessage
{
    //  8      10      12
    // +------+-------+------ - -
    // | type | flags | body
    // +------+-------+------ - -

    /// <inheritdoc/>
    public override MessageType Type => MessageType.StatsRequest;

    /// <summary>None are defined.</summary>
    public ushort Flags { get; init; }

    /// <summary>What is asked.</summary>
    public required StatsRequestBody Body { get; init; }

    internal static StatsRequestMessage Read(ref WireReader reader)
    {
        var type = (StatsType)reader.ReadUInt16();
        var flags = reader.ReadUInt16();
        return new StatsRequestMessage { Xid = reader.Xid, Flags = flags, Body = StatsRequestBody.Read(ref reader, type) };
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16((ushort)Body.Type);
        writer.WriteUInt16(Flags);
        Body.Write(writer);
    }
}
