namespace STrace.OpenFlow;

/// <summary>Kinds of statistics (<c>enum ofp_stats_types</c>, section 5.3.5).</summary>
public enum StatsType : ushort
{
    /// <summary><c>OFPST_DESC</c></summary>
    Description = 0,

    /// <summary><c>OFPST_FLOW</c></summary>
    Flow = 1,

    /// <summary><c>OFPST_AGGREGATE</c></summary>
    Aggregate = 2,

    /// <summary><c>OFPST_TABLE</c></summary>
    Table = 3,

    /// <summary><c>OFPST_PORT</c></summary>
    Port = 4,

    /// <summary><c>OFPST_QUEUE</c></summary>
    Queue = 5,

    /// <summary><c>OFPST_VENDOR</c></summary>
    Vendor = 0xffff,
}
