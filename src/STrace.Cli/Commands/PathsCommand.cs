using System.CommandLine;
using STrace.Manager;

namespace STrace.Cli;

internal static class PathsCommand
{
    private static readonly Option<bool> Unpaired = new("--unpaired") { Description = "list the connection starts without a counterpart instead" };
    private static readonly Option<string?> Host = new("--host") { Description = "only paths that touch this host" };
    private static readonly Option<string?> Status = new("--status") { Description = "only paths of this status: ok, slow, ambiguous, lossy, error" };
    private static readonly Option<int?> Limit = new("--limit") { Description = "at most so many" };

    public static Command Create()
    {
        var build = new Command("build", "Build the paths of a session from the store, also while it records, and say how many there are.");
        var list = new Command("list", "List the paths of a session.") { Unpaired, Host, Status, Limit, Output.FormatOption };
        build.SetAction(BuildAsync);
        list.SetAction(ListAsync);
        foreach (Command command in new[] { build, list })
        {
            command.Add(PathQuery.Session);
            command.Add(PathQuery.Rewrites);
            command.Add(PathQuery.Slow);
        }
        return new Command("paths", "The causal paths of a session.") { ManagerClient.ServerOption, build, list, WatchCommand.Create(), ExplainCommand.Create() };
    }

    private static async Task<int> BuildAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        var paths = await manager.GetAsync<PathList>($"{PathQuery.Of(parsed, "paths")}&rebuild=true", ct);
        Console.Out.WriteLine($"session {paths.Session}: {paths.Paths.Count} paths, {paths.Unpaired} connection starts without a counterpart, " +
            $"rewrites allowed: {(paths.RewritesUsed.Count == 0 ? "none" : string.Join(", ", paths.RewritesUsed))}");
        return ExitStatus.Ok;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        if (parsed.GetValue(Unpaired))
        {
            WriteUnpaired(parsed, await manager.GetAsync<IReadOnlyList<UnpairedInfo>>(PathQuery.Of(parsed, "unpaired"), ct));
            return ExitStatus.Ok;
        }
        var list = await manager.GetAsync<PathList>(PathQuery.Of(parsed, "paths"), ct);
        string? host = parsed.GetValue(Host);
        string? status = parsed.GetValue(Status);
        PathSummary[] paths = [.. list.Paths
            .Where(p => (host is null || p.Hosts.Contains(host)) && (status is null || p.Status == status))
            .Take(parsed.GetValue(Limit) ?? int.MaxValue)];
        if (Output.IsJson(parsed))
            Output.WriteJson(paths);
        else
        {
            Output.WriteTable(
                ["ID", "START (UTC)", "MS", "STATUS", "CALLS", "REWRITES", "HOSTS", "ROOT"],
                paths.Select(p => (IReadOnlyList<string>)
                [
                    p.Id, TextForm.Time(p.StartNs), TextForm.Milliseconds(p.DurationNs), p.Status, $"{p.Events}", $"{p.Rewrites}",
                    string.Join(' ', p.Hosts), p.Root,
                ]));
        }
        return ExitStatus.Ok;
    }

    private static void WriteUnpaired(ParseResult parsed, IReadOnlyList<UnpairedInfo> starts)
    {
        if (Output.IsJson(parsed))
        {
            Output.WriteJson(starts);
            return;
        }
        Output.WriteTable(
            ["TIME (UTC)", "HOST", "TID", "CALL", "FROM", "TO", "PATH"],
            starts.Select(s => (IReadOnlyList<string>)[TextForm.Time(s.TimeNs), s.Host, $"{s.Tid}", s.Op, s.Src, s.Dst, s.Path ?? ""]));
    }
}
