using STrace.AgentProtocol;
using STrace.Capture;
using STrace.Model;

namespace STrace.Manager;

/// <summary>Reads blocks of packet headers; the correlator asks for those of TCP.</summary>
internal static class PacketReader
{
    /// <exception cref="AgentProtocolException">The payload is cut off; what stood before it is taken.</exception>
    public static void Read(string host, ReadOnlySpan<byte> payload, Action<CapturedPacket> take)
    {
        while (PacketRecord.TryRead(ref payload, out PacketRecord record))
        {
            if (PacketDissector.TryRead(LinkType.Raw, record.Headers, out DissectedPacket packet) &&
                packet is { Protocol: FlowTuple.Tcp, HasPorts: true, Flow: { } flow })
            {
                take(new CapturedPacket(
                    host, record.TimeNs, record.Outgoing, flow, (TcpMarks)((int)packet.TcpFlags & 0x3f),
                    packet.Sequence, packet.Acknowledgment, packet.PayloadLength, packet.IpId));
            }
        }
    }
}
