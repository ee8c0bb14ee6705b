using System.CommandLine;
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
        Description = $"within two seconds of this time (UTC): {SessionTime.Forms}",
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
            query += $"&at={SessionTime.Parse("--at", at, session.StartNs)}";
        }
        var explanation = await manager.GetAsync<ExplanationInfo>(query, ct);
        if (Output.IsJson(parsed))
            Output.WriteJson(explanation);
        else
            WriteText(explanation);
        return ExitStatus.Ok;
    }

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
