using System.CommandLine;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>The switches, and what is between them.</summary>
internal static class InventoryCommands
{
    private static readonly Option<string> TopologyFormat = FormatOf();

    public static Command Switches()
    {
        var command = new Command("switches", "List the switches that are connected, or were.") { ManagerClient.ServerOption, Output.FormatOption };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagerClient manager = ManagerClient.Of(parsed);
            var switches = await manager.GetAsync<IReadOnlyList<SwitchInfo>>("switches", ct);
            if (Output.IsJson(parsed))
                Output.WriteJson(switches);
            else
            {
                Output.WriteTable(
                    ["DPID", "STATE", "SINCE (UTC)", "PEER", "PORTS", "DESCRIPTION"],
                    switches.Select(s => (IReadOnlyList<string>)
                        [s.Dpid, State(s), TextForm.Time(s.SinceNs), s.Peer, string.Join(' ', s.Ports.Select(p => $"{p.Number}:{p.Name}")), s.Description]));
            }
            return ExitStatus.Ok;
        });
        return command;
    }

    public static Command Topology()
    {
        var command = new Command("topology", "Show switches, the links between them, where hosts are, and the datastores.")
        {
            ManagerClient.ServerOption, TopologyFormat,
        };
        command.SetAction(async (parsed, ct) =>
        {
            using ManagerClient manager = ManagerClient.Of(parsed);
            var topology = await manager.GetAsync<TopologyInfo>("topology", ct);
            switch (parsed.GetValue(TopologyFormat))
            {
                case "json":
                    Output.WriteJson(topology);
                    break;
                case "dot":
                    Console.Out.Write(TopologyDot.Write(topology));
                    break;
                default:
                    WriteTable(topology);
                    break;
            }
            return ExitStatus.Ok;
        });
        return command;
    }

    private static void WriteTable(TopologyInfo topology) => Output.WriteTable(
        ["KIND", "AT", "WHAT", "STATE", "SINCE (UTC)"],
        [
            .. topology.Switches.Select(s => Row("switch", s.Dpid, s.Description, State(s), s.SinceNs)),
            .. topology.Links.Select(l => Row("link", At(l.From.Dpid, l.From.Port), At(l.To.Dpid, l.To.Port), State(l), l.SinceNs)),
            .. topology.Hosts.Select(h => Row("host", At(h.Dpid, h.Port), string.Join(' ', new[] { h.Mac, h.Ip, h.Host }.OfType<string>()))),
            .. topology.Datastores.SelectMany(d => d.Ports.Select(p =>
                Row("datastore", At(p.Dpid, p.Port), $"{d.Name} {p.Interface}", d.Connected ? "" : "gone"))),
        ]);

    private static IReadOnlyList<string> Row(string kind, string at, string what, string state = "", string? sinceNs = null) =>
        [kind, at, what, state, sinceNs is null ? "" : TextForm.Time(sinceNs)];

    private static string At(string dpid, int port) => $"{dpid} port {port}";

    private static string State(SwitchInfo s) => s.Connected ? "connected" : "gone";

    private static string State(LinkInfo link) =>
        link.Reason is { } reason ? $"{link.State} ({reason})" : link.Floods ? link.State : $"{link.State}, spare";

    private static Option<string> FormatOf()
    {
        var option = new Option<string>("-o", "--output") { Description = "text, json or dot", DefaultValueFactory = _ => "text" };
        option.AcceptOnlyFromAmong("text", "json", "dot");
        return option;
    }
}
