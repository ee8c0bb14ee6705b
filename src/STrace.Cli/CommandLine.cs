using System.CommandLine;
using System.CommandLine.Parsing;
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
            await Console.Error.WriteLineAsync($"s-trace: {Complaint(parsed)}: see `s-trace {Names(parsed)}--help`");
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
        DatastoreCommand.Create(),
        RunCommand.Create(),
        SessionCommand.Create(),
        PathsCommand.Create(),
        ExportCommand.Create(),
        HostsCommand.Create(),
        InventoryCommands.Switches(),
        InventoryCommands.Topology(),
        ReplayCommand.Create(),
        RewritesCommand.Create(),
        KeysCommand.Create(),
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
        ControlException => ExitStatus.No,
        AgentException agent => agent.Permission ? ExitStatus.Permission : ExitStatus.No,
        OperationCanceledException => ExitStatus.No,
        _ => null,
    };

    /// <summary>What the parser complains of, on one line; its first word on an unknown command is that one is missing.</summary>
    private static string Complaint(ParseResult parsed)
    {
        var errors = parsed.Errors.Where(e => e.SymbolResult is not CommandResult || parsed.UnmatchedTokens.Count == 0)
            .DefaultIfEmpty(parsed.Errors[^Math.Max(1, parsed.UnmatchedTokens.Count)]); // the first word that is too many
        return string.Join("; ", errors.Select(e => string.Join(' ', e.Message
            .Split(" as expected type")[0]
            .Split((char[])['\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)).TrimEnd('.')));
    }

    private static string Names(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var command = parsed.CommandResult; command.Parent is CommandResult parent; command = parent)
            names.Push(command.Command.Name + " ");
        return string.Concat(names);
    }
}
