using System.CommandLine;
using STrace.Manager;

namespace STrace.Cli;

internal static class SessionCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "the session" };

    public static Command Create() => new("session", "Record sessions, list and delete them.")
    {
        ManagerClient.ServerOption,
        Make("start", "Start recording; returns when all connected hosts record.", StartAsync, Name),
        Make("stop", "Stop recording and close the session.", StopAsync),
        Make("list", "List the sessions.", ListAsync, Output.FormatOption),
        Make("show", "Show a session, or the control messages in it.", ShowAsync, [Name, .. MessageListing.Options, Output.FormatOption]),
        Make("delete", "Delete a session that does not record.", DeleteAsync, Name),
    };

    private static Command Make(string name, string description, Func<ParseResult, CancellationToken, Task<int>> action, params Symbol[] symbols)
    {
        var command = new Command(name, description);
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument)
                command.Add(argument);
            else
                command.Add((Option)symbol);
        }
        command.SetAction(action);
        return command;
    }

    private static async Task<int> StartAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        var started = await manager.PostAsync<SessionChanged>("sessions", new StartSession(parsed.GetValue(Name)!), ct);
        if (started.Late.Count > 0)
            await Console.Error.WriteLineAsync($"s-trace: these hosts have not confirmed that they record: {string.Join(", ", started.Late)}");
        Console.Out.WriteLine($"session {started.Name} records");
        return ExitStatus.Ok;
    }

    private static async Task<int> StopAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        var stopped = await manager.PostAsync<SessionChanged>("sessions/stop", null, ct);
        if (stopped.Late.Count > 0)
            await Console.Error.WriteLineAsync($"s-trace: the last records of these hosts did not come: {string.Join(", ", stopped.Late)}");
        Console.Out.WriteLine($"session {stopped.Name} is closed");
        return ExitStatus.Ok;
    }

    private static async Task<int> ListAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        Write(parsed, await manager.GetAsync<IReadOnlyList<SessionSummary>>("sessions", ct));
        return ExitStatus.Ok;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        if (MessageListing.IsAskedFor(parsed))
            return await MessageListing.WriteAsync(parsed, manager, parsed.GetValue(Name)!, ct);
        string address = $"sessions/{Uri.EscapeDataString(parsed.GetValue(Name)!)}";
        var session = await manager.GetAsync<SessionSummary>(address, ct);
        var switches = await manager.GetAsync<IReadOnlyList<SessionSwitchInfo>>($"{address}/switches", ct);
        if (Output.IsJson(parsed))
        {
            Output.WriteJson(session with { Switches = switches });
            return ExitStatus.Ok;
        }
        Write(parsed, [session]);
        SessionSwitches.Write(switches);
        return ExitStatus.Ok;
    }

    private static async Task<int> DeleteAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        await manager.DeleteAsync($"sessions/{Uri.EscapeDataString(parsed.GetValue(Name)!)}", ct);
        return ExitStatus.Ok;
    }

    private static void Write(ParseResult parsed, IReadOnlyList<SessionSummary> sessions)
    {
        if (Output.IsJson(parsed))
        {
            Output.WriteJson(sessions);
            return;
        }
        Output.WriteTable(
            ["NAME", "STATE", "STARTED (UTC)", "SECONDS", "EVENTS", "CONTROL MESSAGES", "BYTES"],
            sessions.Select(s => (IReadOnlyList<string>)
            [
                s.Name, s.State, TextForm.Time(s.StartNs), s.StopNs is null ? "" : TextForm.Seconds(s.StartNs, s.StopNs),
                $"{s.Events}", $"{s.ControlMessages}", $"{s.Bytes}",
            ]));
    }
}
