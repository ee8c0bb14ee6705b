using STrace.Model;

namespace STrace.Correlation;

/// <summary>Time order of packets; at equal times a connection's first packet first, the rest in some fixed order.</summary>
internal sealed class PacketOrder : IComparer<CapturedPacket>
{
    public static readonly PacketOrder Instance = new();

    public int Compare(CapturedPacket? x, CapturedPacket? y)
    {
        (CapturedPacket a, CapturedPacket b) = (x!, y!);
        int order = (a.TimeNs, Rank(a)).CompareTo((b.TimeNs, Rank(b)));
        if (order == 0)
            order = string.CompareOrdinal(a.Host, b.Host);
        if (order == 0)
            order = Address(a).CompareTo(Address(b));
        return order != 0 ? order : Rest(a).CompareTo(Rest(b));
    }

    private static int Rank(CapturedPacket packet) => (packet.Flags & (TcpMarks.Syn | TcpMarks.Ack)) switch
    {
        TcpMarks.Syn => 0,
        TcpMarks.Syn | TcpMarks.Ack => 1,
        _ => 2,
    };

    private static (UInt128, ushort, UInt128, ushort) Address(CapturedPacket packet) => (
        packet.Flow.Source.Address.Bits, packet.Flow.Source.Port, packet.Flow.Destination.Address.Bits, packet.Flow.Destination.Port);

    private static (bool, uint, uint, int, TcpMarks, ushort) Rest(CapturedPacket packet) => (
        packet.Outgoing, packet.Sequence, packet.Acknowledgment, packet.PayloadLength, packet.Flags, packet.IpId);
}
