using System.CommandLine;
using System.CommandLine.Parsing;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>A replay held against its record, for people.</summary>
internal static class ComparisonText
{
    private const int MostFlows = 20;
    private const int DefaultDetails = 10;

    public static readonly Option<int> DetailsOption = new("--details")
    {
        Description = "how many packets of each kind to tell of singly, or all",
        DefaultValueFactory = _ => DefaultDetails,
        CustomParser = Details,
    };

    public static void Write(ReplayComparisonInfo comparison)
    {
        Console.Out.WriteLine($"  {comparison.Sent} packets sent: {Counts(comparison)}");
        Console.Out.WriteLine($"  {comparison.Rewritten} frames rewritten, {comparison.Reordered} packets reordered, {comparison.Unexpected} frames came out unexpected");
        WriteDivergence(comparison.Divergence);
        WriteRewrites(comparison.Changes);
        WriteFlows(comparison.Flows);
        WritePackets(comparison.Packets);
    }

    private static string Counts(ReplayComparisonInfo c) =>
        $"{c.Delivered} delivered, {c.Absorbed} absorbed as recorded, {c.Dropped} dropped, {c.Diverged} diverged, {c.Unknown} unknown";

    private static void WriteDivergence(ReplayDivergence? divergence)
    {
        if (divergence is not { Packet: { } packet })
        {
            Console.Out.WriteLine("  the replay agrees with the record");
            return;
        }
        Console.Out.WriteLine($"  first divergence: packet {packet.Index} of {packet.Flow}, sent at {Place(packet.SentAt!)}, recorded at {TextForm.Time(packet.TimeNs)} UTC: {packet.Why}");
        Console.Out.WriteLine($"    recorded: {divergence.Recorded}");
        Console.Out.WriteLine($"    replayed: {divergence.Replayed}");
        Console.Out.WriteLine($"    probable cause: {divergence.Cause}");
    }

    private static void WriteRewrites(IReadOnlyList<ReplayRewritten> rewrites)
    {
        foreach (ReplayRewritten rewrite in rewrites.OrderByDescending(r => r.Frames).Take(MostFlows))
        {
            Console.Out.WriteLine($"  rewritten: {rewrite.From.Src}->{rewrite.From.Dst} to {rewrite.To.Src}->{rewrite.To.Dst}, out at {rewrite.Dpid}:{rewrite.Port}, {rewrite.Frames} frames");
            foreach (ReplayRule rule in rewrite.By)
                Console.Out.WriteLine($"    by {Rule(rule)}");
        }
        WriteRest(rewrites.Count, "rewrites");
    }

    /// <summary>Those that did not go as recorded first.</summary>
    private static void WriteFlows(IReadOnlyList<ReplayFlow> flows)
    {
        Console.Out.WriteLine();
        Output.WriteTable(
            ["FLOW", "SENT", "DELIVERED", "REWRITTEN", "ABSORBED", "DROPPED", "DIVERGED", "UNKNOWN", "REORDERED", "UNEXPECTED"],
            flows.OrderByDescending(f => f.Dropped + f.Diverged).ThenByDescending(f => f.Unknown + f.Unexpected + f.Reordered).Take(MostFlows)
                .Select(f => (IReadOnlyList<string>)[f.Name, .. Numbers(f).Select(n => n.ToString())]));
        WriteRest(flows.Count, "flows");
    }

    private static int[] Numbers(ReplayFlow f) =>
        [f.Sent, f.Delivered, f.Rewritten, f.Absorbed, f.Dropped, f.Diverged, f.Unknown, f.Reordered, f.Unexpected];

    /// <summary>What was delivered or absorbed in order needs no word.</summary>
    private static void WritePackets(IReadOnlyList<ReplayPacket> packets)
    {
        List<ReplayPacket> told = [.. packets.Where(p => p.Reordered || p.Verdict is not ("delivered" or "absorbed"))];
        if (told.Count == 0)
            return;
        Console.Out.WriteLine();
        Output.WriteTable(
            ["RECORDED (UTC)", "PACKET", "SENT AT", "VERDICT", "CAME OUT", "WHY"],
            told.Select(p => (IReadOnlyList<string>)
                [TextForm.Time(p.TimeNs), $"{p.Flow} #{p.Index}", p.SentAt is { } at ? Place(at) : "", p.Reordered ? $"{p.Verdict}, reordered" : p.Verdict,
                 string.Join(", ", p.CameOut.Select(c => $"{c.Dpid}:{c.Port}")), p.Why ?? ""]));
    }

    private static void WriteRest(int count, string what)
    {
        if (count > MostFlows)
            Console.Out.WriteLine($"  and {count - MostFlows} {what} more: see -o json");
    }

    private static string Place(PortInfo port) => $"{port.Dpid}:{port.Port}";

    private static string Rule(ReplayRule rule) =>
        $"{rule.Dpid}: cookie={rule.Cookie} priority={rule.Priority} {rule.Match} -> {rule.Actions}";

    private static int Details(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text == "all")
            return int.MaxValue;
        if (int.TryParse(text, out int number) && number >= 0)
            return number;
        result.AddError($"--details: '{text}' is not a number or all");
        return 0;
    }
}
