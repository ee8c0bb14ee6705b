using System.CommandLine;
using System.Globalization;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>Says why a request is not in the paths.</summary>
internal static class ExplainCommand
{
    private static readonly Option<string?> Host = new("--host") { Description = "what of this host" };
    private static readonly Option<int?> Pid = new("--pid") { Description = "what of this process; name its --host too" };
    private static readonly Option<string?> Address = new("--address") { Description = "connections with this end, IP:PORT or IP" };

    private static readonly Option<string?> At = new("--at")
    {
        Description = "within two seconds of this time (UTC): 2026-05-04T10:20:30.5, 10:20:30 of the session's day, or ns since the epoch",
    };

    public static Command Create()
    {
        var command = new Command("explain", "Say why a request is not in the paths: what was covered, lost, not connected or not joined.")
        {
            PathQuery.Session, Host, Pid, Address, At, PathQuery.Rewrites, PathQuery.Slow, Output.FormatOption,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        string query = PathQuery.Of(parsed, "explain");
        if (parsed.GetValue(Host) is { } host)
            query += $"&host={Uri.EscapeDataString(host)}";
        if (parsed.GetValue(Pid) is { } pid)
            query += $"&pid={pid}";
        if (parsed.GetValue(Address) is { } address)
            query += $"&address={Uri.EscapeDataString(address)}";
        if (parsed.GetValue(At) is { } at)
        {
            var session = await manager.GetAsync<SessionSummary>($"sessions/{Uri.EscapeDataString(parsed.GetValue(PathQuery.Session)!)}", ct);
            query += $"&at={TimeNs(at, session.StartNs)}";
        }
        var explanation = await manager.GetAsync<ExplanationInfo>(query, ct);
        if (Output.IsJson(parsed))
            Output.WriteJson(explanation);
        else
            WriteText(explanation);
        return ExitStatus.Ok;
    }

    /// <param name="startNs">Of the session, whose day a time without a date is of.</param>
    public static long TimeNs(string text, string startNs)
    {
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long ns))
            return ns;
        DateTime day = DateTime.UnixEpoch.AddTicks(long.Parse(startNs, CultureInfo.InvariantCulture) / 100).Date;
        if (TimeSpan.TryParseExact(text, ["hh\\:mm\\:ss", "hh\\:mm\\:ss\\.FFFFFFF"], CultureInfo.InvariantCulture, out TimeSpan time))
            return Ns(day + time);
        return DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime moment)
            ? Ns(moment)
            : throw new CliException(ExitStatus.Usage, $"--at: '{text}' is not a time such as 2026-05-04T10:20:30.5, 10:20:30 or ns since the epoch");
    }

    private static long Ns(DateTime time) => (time - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private static void WriteText(ExplanationInfo explanation)
    {
        Console.Out.WriteLine($"session {explanation.Session}, {TextForm.Time(explanation.FromNs)} to {TextForm.Time(explanation.UntilNs)} UTC");
        foreach (FindingInfo finding in explanation.Findings)
        {
            Console.Out.WriteLine($"{(finding.Problem ? "!" : " ")} {finding.Finding} [{finding.Evidence}]");
            if (finding.Remedy.Length > 0)
                Console.Out.WriteLine($"    -> {finding.Remedy}");
        }
    }
}
