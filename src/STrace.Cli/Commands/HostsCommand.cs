using System.CommandLine;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>The hosts, and what of them is recorded.</summary>
internal static class HostsCommand
{
    private static readonly Argument<string?> Host = new("HOST") { Description = "list this host's processes instead", Arity = ArgumentArity.ZeroOrOne };

    private static readonly Option<bool> All = new("--all")
    {
        Description = "with HOST: also processes without sockets whose parent is not recorded either",
    };

    public static Command Create()
    {
        var command = new Command("hosts", "List the hosts whose agents have connected, what is recorded there, and what is not.")
        {
            Host, All, ManagerClient.ServerOption, Output.FormatOption,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        if (parsed.GetValue(Host) is { } host)
        {
            var processes = await manager.GetAsync<IReadOnlyList<ProcessInfo>>($"hosts/{Uri.EscapeDataString(host)}/processes", ct);
            WriteProcesses(parsed, [.. processes.Where(p => p.Matters || parsed.GetValue(All))]);
        }
        else
        {
            WriteHosts(parsed, await manager.GetAsync<IReadOnlyList<HostInfo>>("hosts", ct));
        }
        return ExitStatus.Ok;
    }

    private static void WriteHosts(ParseResult parsed, IReadOnlyList<HostInfo> hosts)
    {
        if (Output.IsJson(parsed))
        {
            Output.WriteJson(hosts);
            return;
        }
        Output.WriteTable(
            ["HOST", "CONNECTED", "ADDRESSES", "AT", "AGENT", "CLOCK", "SESSION", "BLOCKS", "LAST EVENT (UTC)", "INTERPOSED", "NOT INTERPOSED", "RECORDS LOST", "PACKETS LOST", "SPOOL"],
            hosts.Select(h => (IReadOnlyList<string>)
            [
                h.Name, h.Connected ? "yes" : "no", string.Join(' ', h.Addresses), h.At is { } at ? $"{at.Dpid} port {at.Port}" : "", h.Agent?.Version ?? "", h.Agent?.Clock ?? "", h.Recording ?? "",
                $"{h.Blocks}", h.LastEventNs is { } last ? TextForm.Time(last) : "", $"{h.Interposed}", $"{h.NotInterposed}", Losses(h.Agent),
                h.Agent is { } a ? $"{a.PacketsDropped} of {a.PacketsReceived}" : "", h.Agent is { } b ? $"{b.SpoolBlocks} blocks, {b.SpoolBytes} bytes" : "",
            ]));
    }

    private static string Losses(AgentStatusInfo? agent) => agent is null ? ""
        : agent.Losses.Where(l => l.Total > 0).Select(l => $"{l.Reason}: {l.Total}").ToList() is { Count: > 0 } losses ? string.Join("; ", losses) : "none";

    private static void WriteProcesses(ParseResult parsed, IReadOnlyList<ProcessInfo> processes)
    {
        if (Output.IsJson(parsed))
        {
            Output.WriteJson(processes);
            return;
        }
        Output.WriteTable(
            ["PID", "PROGRAM", "COMMAND", "UID", "STARTED (UTC)", "RECORDED", "LISTENS", "WHY NOT", "WHAT TO DO"],
            processes.Select(p => (IReadOnlyList<string>)
            [
                $"{p.Pid}", p.Program, p.Command, $"{p.Uid}", TextForm.Time(p.StartNs), p.Interposed ? (p.IoUring ? "in part" : "yes") : "no",
                string.Join(' ', p.Listens), p.Reason ?? "", p.Remedy ?? "",
            ]));
    }
}
