using System.CommandLine;
using STrace.Agent;
using STrace.Control;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>The command line as a whole: its commands, and the exit status that every failure ends with.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(string[] args)
    {
        ParseResult parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                await Console.Error.WriteLineAsync($"s-trace: {error.Message}");
            await Console.Error.WriteLineAsync($"s-trace: see `s-trace {string.Join(' ', Names(parsed))}--help`");
            return ExitStatus.Usage;
        }
        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (Status(e) is { } status)
        {
            foreach (string line in e.Message.Split('\n'))
                await Console.Error.WriteLineAsync($"s-trace: {line.TrimEnd()}");
            return status;
        }
        catch (Exception e)
        {
            await Console.Error.WriteLineAsync($"s-trace: a bug in s-trace, please report it: {e}");
            return ExitStatus.Bug;
        }
    }

    private static RootCommand Root() => new("S-Trace builds the causal path of every request across hosts and OpenFlow switches.")
    {
        ManagerCommand.Create(),
        AgentCommand.Create(),
        RunCommand.Create(),
        SessionCommand.Create(),
        PathsCommand.Create(),
        ExportCommand.Create(),
        InventoryCommands.Hosts(),
        InventoryCommands.Switches(),
        DoctorCommand.Create(),
    };

    private static int? Status(Exception e) => e switch
    {
        CliException cli => cli.Status,
        ManagerException manager => manager.Error switch
        {
            ManagerError.Usage => ExitStatus.Usage,
            ManagerError.Bad => ExitStatus.Bad,
            ManagerError.Permission => ExitStatus.Permission,
            _ => ExitStatus.No,
        },
        AgentException agent => agent.Permission ? ExitStatus.Permission : ExitStatus.No,
        ControlException => ExitStatus.No,
        OperationCanceledException => ExitStatus.No,
        _ => null,
    };

    private static string Names(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var command = parsed.CommandResult; command.Parent is System.CommandLine.Parsing.CommandResult parent; command = parent)
            names.Push(command.Command.Name + " ");
        return string.Concat(names);
    }
}
