namespace STrace.OpenFlow;

/// <summary>What a port is told to do (<c>enum ofp_port_config</c>, section 5.2.1).</summary>
[Flags]
public enum PortConfig : uint
{
    /// <summary>Nothing in particular.</summary>
    None = 0,

    /// <summary><c>OFPPC_PORT_DOWN</c>: administratively down.</summary>
    PortDown = 1 << 0,

    /// <summary><c>OFPPC_NO_STP</c>: no spanning tree.</summary>
    NoStp = 1 << 1,

    /// <summary><c>OFPPC_NO_RECV</c>: drop what comes in, but spanning tree packets.</summary>
    NoReceive = 1 << 2,

    /// <summary><c>OFPPC_NO_RECV_STP</c>: drop spanning tree packets that come in.</summary>
    NoReceiveStp = 1 << 3,

    /// <summary><c>OFPPC_NO_FLOOD</c>: left out of FLOOD.</summary>
    NoFlood = 1 << 4,

    /// <summary><c>OFPPC_NO_FWD</c>: drop what would go out.</summary>
    NoForward = 1 << 5,

    /// <summary><c>OFPPC_NO_PACKET_IN</c>: no PACKET_IN for what comes in.</summary>
    NoPacketIn = 1 << 6,
}
