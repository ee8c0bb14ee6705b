using STrace.Manager;

namespace STrace.Cli;

/// <summary>What each switch forwarded during a session.</summary>
internal static class SessionSwitches
{
    public static void Write(IReadOnlyList<SessionSwitchInfo> switches)
    {
        if (switches.Count == 0)
            return;
        Console.Out.WriteLine();
        Output.WriteTable(
            ["SWITCH", "RULES", "PACKETS", "BYTES", "WITHOUT A RULE", "LOST AT PORTS", "COUNTED FROM (UTC)", "UNTIL (UTC)"],
            switches.Select(s => (IReadOnlyList<string>)
            [
                s.Dpid, Known(s, $"{s.Rules}"), Known(s, $"{s.Packets}"), Known(s, $"{s.Bytes}"), Known(s, $"{s.Misses}"), Known(s, Losses(s.Ports)),
                s.FromNs is { } from ? TextForm.Time(from) : "", Until(s),
            ]));
    }

    private static string Known(SessionSwitchInfo s, string value) => s.UntilNs is null ? "?" : value;

    private static string Until(SessionSwitchInfo s) => s.UntilNs switch
    {
        null => "never: it did not answer",
        { } until => TextForm.Time(until) + (s.Answered ? "" : ": it did not answer after that"),
    };

    private static string Losses(IReadOnlyList<SessionPortInfo> ports) =>
        ports.Where(p => p.Number != TopologyText.LocalPort && p.Dropped + p.Errors > 0).ToList() is { Count: > 0 } losing
            ? string.Join("; ", losing.Select(p => $"port {p.Number}: {p.Dropped} dropped, {p.Errors} errors"))
            : "none";
}
