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
                TopologyText.WriteSwitches(switches);
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
                    TopologyText.Write(topology);
                    break;
            }
            return ExitStatus.Ok;
        });
        return command;
    }

    private static Option<string> FormatOf()
    {
        var option = new Option<string>("-o", "--output") { Description = "text, json or dot", DefaultValueFactory = _ => "text" };
        option.AcceptOnlyFromAmong("text", "json", "dot");
        return option;
    }
}
