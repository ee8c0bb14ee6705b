namespace STrace.OpenFlow;

/// <summary>A flow table and its counters (<c>ofp_table_stats</c>, section 5.3.5).</summary>
public sealed record TableStats
{
    //  0          1     4      36          40            44             48             56              64
    // +----------+-----+------+-----------+-------------+--------------+--------------+---------------+
    // | table_id | pad | name | wildcards | max_entries | active_count | lookup_count | matched_count |
    // +----------+-----+------+-----------+-------------+--------------+--------------+---------------+
    private const int PaddingLength = 3;
    private const int NameLength = 32; // OFP_MAX_TABLE_NAME_LEN

    /// <summary>Its number; lower ones are asked first.</summary>
    public byte TableId { get; init; }

    /// <summary>Its name, at most 32 characters.</summary>
    public string Name { get; init; } = "";

    /// <summary>Which fields it can leave free: bits of <c>enum ofp_flow_wildcards</c>.</summary>
    public uint Wildcards { get; init; }

    /// <summary>How many rules it can hold.</summary>
    public uint MaxEntries { get; init; }

    /// <summary>How many it holds.</summary>
    public uint ActiveCount { get; init; }

    /// <summary>Packets looked up in it.</summary>
    public ulong LookupCount { get; init; }

    /// <summary>Packets that one of its rules took.</summary>
    public ulong MatchedCount { get; init; }

    internal static TableStats Read(ref WireReader reader)
    {
        var tableId = reader.ReadByte();
        reader.ReadPadding(PaddingLength);
        return new TableStats
        {
            TableId = tableId,
            Name = reader.ReadText(NameLength),
            Wildcards = reader.ReadUInt32(),
            MaxEntries = reader.ReadUInt32(),
            ActiveCount = reader.ReadUInt32(),
            LookupCount = reader.ReadUInt64(),
            MatchedCount = reader.ReadUInt64(),
        };
    }

    internal void Write(WireWriter writer)
    {
        writer.WriteByte(TableId);
        writer.WritePadding(PaddingLength);
        writer.WriteText(Name, NameLength);
        writer.WriteUInt32(Wildcards);
        writer.WriteUInt32(MaxEntries);
        writer.WriteUInt32(ActiveCount);
        writer.WriteUInt64(LookupCount);
        writer.WriteUInt64(MatchedCount);
    }
}
