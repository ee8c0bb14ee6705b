namespace STrace.OpenFlow;

/// <summary>Why a packet came to the controller (<c>enum ofp_packet_in_reason</c>, section 5.4.1).</summary>
public enum PacketInReason : byte
{
    /// <summary><c>OFPR_NO_MATCH</c>: no rule took it.</summary>
    NoMatch = 0,

    /// <summary><c>OFPR_ACTION</c>: a rule said so.</summary>
    Action = 1,
}
