namespace STrace.OpenFlow;

/// <summary>What a port says of itself (<c>enum ofp_port_state</c>, section 5.2.1). The spanning tree state is a two-bit number.</summary>
[Flags]
public enum PortState : uint
{
    /// <summary><c>OFPPS_STP_LISTEN</c>: not learning nor relaying frames.</summary>
    StpListen = 0,

    /// <summary><c>OFPPS_LINK_DOWN</c></summary>
    LinkDown = 1 << 0,

    /// <summary><c>OFPPS_STP_LEARN</c>: learning, not relaying.</summary>
    StpLearn = 1 << 8,

    /// <summary><c>OFPPS_STP_FORWARD</c>: learning and relaying.</summary>
    StpForward = 2 << 8,

    /// <summary><c>OFPPS_STP_BLOCK</c>: not part of the spanning tree; also the mask of the state (<c>OFPPS_STP_MASK</c>).</summary>
    StpBlock = 3 << 8,
}
