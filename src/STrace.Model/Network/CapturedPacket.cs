namespace STrace.Model;

/// <summary>Flag bits of a TCP header (RFC 9293, section 3.1).</summary>
[Flags]
public enum TcpMarks : byte
{
    None = 0,
    Fin = 0x01,
    Syn = 0x02,
    Rst = 0x04,
    Psh = 0x08,
    Ack = 0x10,
    Urg = 0x20,
}

/// <summary>The headers of one TCP segment as a host's sniffer saw them.</summary>
/// <param name="Host">Where it was captured.</param>
/// <param name="TimeNs">ns since the epoch.</param>
/// <param name="Outgoing">Sent by the host; else received.</param>
/// <param name="Flow">From sender to receiver, as the addresses stood at this host.</param>
/// <param name="PayloadLength">Bytes of the stream that it carried.</param>
/// <param name="IpId">Identification of the IPv4 header; 0 for IPv6.</param>
public sealed record CapturedPacket(
    string Host, long TimeNs, bool Outgoing, FlowTuple Flow, TcpMarks Flags, uint Sequence, uint Acknowledgment, int PayloadLength, ushort IpId);
