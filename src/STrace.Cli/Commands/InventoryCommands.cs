using System.CommandLine;
using STrace.Manager;

namespace STrace.Cli;

internal static class InventoryCommands
{
    public static Command Switches()
    {
        var command = new Command("switches", "List the switches that are connected.") { ManagerClient.ServerOption, Output.FormatOption };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagerClient manager = ManagerClient.Of(parsed);
            var switches = await manager.GetAsync<IReadOnlyList<SwitchInfo>>("switches", ct);
            if (Output.IsJson(parsed))
                Output.WriteJson(switches);
            else
            {
                Output.WriteTable(
                    ["DPID", "PEER", "PORTS", "DESCRIPTION"],
                    switches.Select(s => (IReadOnlyList<string>)
                        [s.Dpid, s.Peer, string.Join(' ', s.Ports.Select(p => $"{p.Number}:{p.Name}")), s.Description]));
            }
            return ExitStatus.Ok;
        });
        return command;
    }

    public static Command Topology()
    {
        var command = new Command("topology", "Show links between switches, where hosts are, and the datastores.") { ManagerClient.ServerOption, Output.FormatOption };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagerClient manager = ManagerClient.Of(parsed);
            var topology = await manager.GetAsync<TopologyInfo>("topology", ct);
            if (Output.IsJson(parsed))
                Output.WriteJson(topology);
            else
            {
                Output.WriteTable(
                    ["KIND", "AT", "WHAT"],
                    [
                        .. topology.Links.Select(l => Row("link", l.From.Dpid, l.From.Port, $"{l.To.Dpid} port {l.To.Port}")),
                        .. topology.Hosts.Select(h => Row("host", h.Dpid, h.Port, h.Mac)),
                        .. topology.Datastores.SelectMany(d => d.Ports.Select(p =>
                            Row("datastore", p.Dpid, p.Port, $"{d.Name} {p.Interface}{(d.Connected ? "" : " (gone)")}"))),
                    ]);
            }
            return ExitStatus.Ok;
        });
        return command;
    }

    private static IReadOnlyList<string> Row(string kind, string dpid, int port, string what) => [kind, $"{dpid} port {port}", what];
}
