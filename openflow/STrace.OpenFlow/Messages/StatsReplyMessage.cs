namespace STrace.OpenFlow;

/// <summary>Statistics, or a part of them (<c>OFPT_STATS_REPLY</c>, <c>ofp_stats_reply</c>, section 5.3.5).</summary>
public sealed record StatsReplyMessage : OpenFlowMessage
{
    //  8      10      12
    // +------+-------+------ - -
    // | type | flags | body
    // +------+-------+------ - -

    /// <inheritdoc/>
    public override MessageType Type => MessageType.StatsReply;

    /// <summary>Whether more parts follow.</summary>
    public StatsReplyFlags Flags { get; init; }

    /// <summary>What is answered.</summary>
    public required StatsReplyBody Body { get; init; }

    internal static StatsReplyMessage Read(ref WireReader reader)
    {
        var type = (StatsType)reader.ReadUInt16();
        var flags = (StatsReplyFlags)reader.ReadUInt16();
        return new StatsReplyMessage { Xid = reader.Xid, Flags = flags, Body = StatsReplyBody.Read(ref reader, type) };
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16((ushort)Body.Type);
        writer.WriteUInt16((ushort)Flags);
        Body.Write(writer);
    }
}
