using STrace.Model;

namespace STrace.Export;

/// <summary>Packets as network people read them.</summary>
internal static class PacketText
{
    private static readonly TcpMarks[] InOrder =
        [TcpMarks.Syn, TcpMarks.Fin, TcpMarks.Rst, TcpMarks.Psh, TcpMarks.Urg, TcpMarks.Ack];

    /// <summary><c>PSH,ACK</c>; empty when none is set.</summary>
    public static string Flags(TcpMarks flags) =>
        string.Join(',', InOrder.Where(mark => flags.HasFlag(mark)).Select(mark => mark.ToString().ToUpperInvariant()));

    /// <summary><c>3 packets, 1 sent again</c>.</summary>
    public static string Count(IReadOnlyCollection<PathPacket> packets)
    {
        int again = packets.Count(p => p.Retransmission);
        return (packets.Count == 1 ? "1 packet" : $"{packets.Count} packets") + (again > 0 ? $", {again} sent again" : "");
    }
}
