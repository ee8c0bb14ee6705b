using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>
/// What one host's sniffer sees of one connection, a packet each 100 ns. Numbers are positions behind the initial sequence numbers:
/// the SYN is 0, the first byte 1.
/// </summary>
internal sealed class TestSniffer(Scenario scenario, Channel end, uint outgoingStart, uint incomingStart)
{
    public CapturedPacket Out(TcpMarks flags, long position, int length = 0, long acknowledges = 0) =>
        Record(true, flags, outgoingStart + unchecked((uint)position), incomingStart + unchecked((uint)acknowledges), length);

    public CapturedPacket In(TcpMarks flags, long position, int length = 0, long acknowledges = 0) =>
        Record(false, flags, incomingStart + unchecked((uint)position), outgoingStart + unchecked((uint)acknowledges), length);

    public CapturedPacket DataOut(long position, int length) => Out(TcpMarks.Psh | TcpMarks.Ack, position, length, 1);

    public CapturedPacket DataIn(long position, int length) => In(TcpMarks.Psh | TcpMarks.Ack, position, length, 1);

    /// <summary>SYN, SYN-ACK and ACK, as the client's host sees them.</summary>
    public (CapturedPacket Syn, CapturedPacket SynAck) ClientHandshake()
    {
        var packets = (Out(TcpMarks.Syn, 0), In(TcpMarks.Syn | TcpMarks.Ack, 0, acknowledges: 1));
        Out(TcpMarks.Ack, 1, acknowledges: 1);
        return packets;
    }

    public (CapturedPacket Syn, CapturedPacket SynAck) ServerHandshake()
    {
        var packets = (In(TcpMarks.Syn, 0), Out(TcpMarks.Syn | TcpMarks.Ack, 0, acknowledges: 1));
        In(TcpMarks.Ack, 1, acknowledges: 1);
        return packets;
    }

    private CapturedPacket Record(bool outgoing, TcpMarks flags, uint sequence, uint acknowledgment, int length)
    {
        var flow = new FlowTuple(FlowTuple.Tcp, end.Local!.Value, end.Peer!.Value);
        scenario.NowNs += 100;
        var packet = new CapturedPacket(
            end.Host, scenario.NowNs, outgoing, outgoing ? flow : flow.Reversed, flags, unchecked(sequence),
            flags.HasFlag(TcpMarks.Ack) ? unchecked(acknowledgment) : 0, length, 0);
        scenario.Record(packet);
        return packet;
    }
}
