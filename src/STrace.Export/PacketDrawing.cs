using STrace.Model;

namespace STrace.Export;

/// <summary>The packets of a path, each below its call in the call's column (figure 6.3 of the dissertation).</summary>
internal sealed class PacketDrawing(DotDocument dot, CausalPath path)
{
    public const string Color = "#0B7285";
    public const string BadColor = "#E67700";

    // Of more packets of one call only the first and the last are drawn, with the number of those between.
    private const int MaxDrawn = 4;

    private readonly ILookup<string, PathPacket> _byCall = path.Packets.ToLookup(p => p.Event);

    public void WriteBelow(PathEvent call)
    {
        List<PathPacket> packets = [.. _byCall[call.Id]];
        if (packets.Count == 0)
            return;
        dot.Open("subgraph");
        dot.Line($"rank=same; {Node(call.Id)}");
        string above = call.Id;
        if (packets.Count > MaxDrawn)
        {
            Hang(packets[0].Id, Describe(packets[0]), IsBad(packets[0]));
            List<PathPacket> between = packets[1..^1];
            Hang(between[0].Id, $"+{PacketText.Count(between)}", between.Exists(IsBad));
            Hang(packets[^1].Id, Describe(packets[^1]), IsBad(packets[^1]));
        }
        else
        {
            foreach (PathPacket packet in packets)
                Hang(packet.Id, Describe(packet), IsBad(packet));
        }
        dot.Close();

        void Hang(string id, string label, bool bad)
        {
            string color = bad ? $"color=\"{BadColor}\", fillcolor=\"#FFF4E6\"" : $"color=\"{Color}\", fillcolor=\"#E6F7FA\"";
            dot.Line($"{Node(id)} [class=\"packet\", label=<{label}>, style=filled, {color}, " +
                "fontsize=8, penwidth=0.7, margin=\"0.04,0.02\", height=0.1]");
            // Written upwards: with rankdir=LR, dot draws an edge within a column from its foot to its head.
            dot.Line($"{Node(id)} -> {Node(above)} [class=\"carried\", dir=back, color=\"{Color}\", arrowsize=0.4, penwidth=0.8]");
            above = id;
        }
    }

    private static bool IsBad(PathPacket packet) => packet.Retransmission || packet.Error is not null;

    private static string Describe(PathPacket item)
    {
        CapturedPacket packet = item.Packet;
        string label = $"{DotText.Time(packet.TimeNs)}<BR/><B>{PacketText.Flags(packet.Flags)}</B><BR/>seq {packet.Sequence}";
        if (packet.PayloadLength > 0)
            label += $", {packet.PayloadLength} bytes";
        if (item.Retransmission)
            label += $"<BR/><FONT COLOR=\"{BadColor}\"><B>sent again</B></FONT>";
        if (item.Error is not null)
            label += $"<BR/><FONT COLOR=\"{DotCalls.FailedColor}\"><B>{DotText.Html(item.Error)}</B></FONT>";
        return label;
    }

    private string Node(string id) => DotText.Quoted($"{path.Id}/{id}");
}
