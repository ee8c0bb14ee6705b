using System.CommandLine;
using STrace.Manager;

namespace STrace.Cli;

internal static class RewritesCommand
{
    public static Command Create()
    {
        var command = new Command("rewrites", "List the address rewrites by which a session's paths were joined.")
        {
            PathQuery.Session, PathQuery.Rewrites, PathQuery.Slow, ManagerClient.ServerOption, Output.FormatOption,
        };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagerClient manager = ManagerClient.Of(parsed);
            var rewrites = await manager.GetAsync<IReadOnlyList<RewriteInfo>>(PathQuery.Of(parsed, "rewrites"), ct);
            if (Output.IsJson(parsed))
                Output.WriteJson(rewrites);
            else
            {
                Output.WriteTable(
                    ["TIME (UTC)", "DPID", "COOKIE", "FROM", "TO", "KNOWN FROM", "PATH"],
                    rewrites.Select(r => (IReadOnlyList<string>)
                    [
                        TextForm.Time(r.TimeNs), r.Dpid, r.Cookie, $"{r.From?.Src} -> {r.From?.Dst}", $"{r.To?.Src} -> {r.To?.Dst}",
                        r.Source, r.Path ?? "",
                    ]));
            }
            return ExitStatus.Ok;
        });
        return command;
    }
}
