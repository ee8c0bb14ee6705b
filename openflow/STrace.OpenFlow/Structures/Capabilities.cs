namespace STrace.OpenFlow;

/// <summary>What a switch can do (<c>enum ofp_capabilities</c>, section 5.3.1).</summary>
[Flags]
public enum Capabilities : uint
{
    /// <summary>Nothing said.</summary>
    None = 0,

    /// <summary><c>OFPC_FLOW_STATS</c></summary>
    FlowStats = 1 << 0,

    /// <summary><c>OFPC_TABLE_STATS</c></summary>
    TableStats = 1 << 1,

    /// <summary><c>OFPC_PORT_STATS</c></summary>
    PortStats = 1 << 2,

    /// <summary><c>OFPC_STP</c>: 802.1D.</summary>
    SpanningTree = 1 << 3,

    /// <summary><c>OFPC_RESERVED</c></summary>
    Reserved = 1 << 4,

    /// <summary><c>OFPC_IP_REASM</c></summary>
    IpReassembly = 1 << 5,

    /// <summary><c>OFPC_QUEUE_STATS</c></summary>
    QueueStats = 1 << 6,

    /// <summary><c>OFPC_ARP_MATCH_IP</c>: matches IP addresses in ARP.</summary>
    ArpMatchIp = 1 << 7,
}
