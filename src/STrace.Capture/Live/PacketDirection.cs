namespace STrace.Capture;

/// <summary>Which way a packet passed the interface, as its machine sees it.</summary>
public enum PacketDirection
{
    /// <summary>The capture does not tell: an Ethernet frame carries no direction.</summary>
    Unknown,
    In,
    Out,
}
