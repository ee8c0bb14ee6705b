namespace STrace.OpenFlow;

/// <summary>Whether a statistics reply is the last (<c>enum ofp_stats_reply_flags</c>, section 5.3.5).</summary>
[Flags]
public enum StatsReplyFlags : ushort
{
    /// <summary>The last part.</summary>
    None = 0,

    /// <summary><c>OFPSF_REPLY_MORE</c>: more parts follow, with the same xid.</summary>
    More = 1 << 0,
}
