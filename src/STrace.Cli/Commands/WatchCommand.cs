using System.CommandLine;
using System.Net.ServerSentEvents;
using System.Text.Json;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>Prints the paths of a session that records as they become known.</summary>
internal static class WatchCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public static Command Create()
    {
        var command = new Command("watch", "Print the paths of a session that records as they become known, until it is closed.")
        {
            PathQuery.Session, Output.FormatOption,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        string session = parsed.GetValue(PathQuery.Session)!;
        using ManagerClient manager = ManagerClient.Of(parsed);
        await using Stream stream = await manager.OpenAsync($"sessions/{Uri.EscapeDataString(session)}/paths/live", ct);
        bool isWatching = false;
        try
        {
            await foreach (SseItem<string> item in SseParser.Create(stream).EnumerateAsync(ct))
            {
                if (!isWatching)
                    await Console.Error.WriteLineAsync($"watching session {session}");
                isWatching = true;
                switch (item.EventType)
                {
                    case "path":
                        Console.Out.WriteLine(Output.IsJson(parsed) ? item.Data : Line(Read<PathSummary>(item)));
                        break;
                    case "withdrawn":
                        WriteWithdrawn(parsed, Read<PathsWithdrawn>(item));
                        break;
                    case "end":
                        return Read<PathsEnded>(item).Reason is { } reason
                            ? throw new CliException(ExitStatus.No, $"the paths of session '{session}' are not followed any more: {reason}")
                            : ExitStatus.Ok;
                }
            }
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // As when it ends without an end.
        }
        throw new CliException(ExitStatus.Unreachable, "the manager broke off: it has gone, or this command did not take what it was told");
    }

    private static T Read<T>(SseItem<string> item) => JsonSerializer.Deserialize<T>(item.Data, Json)!;

    internal static string Line(PathSummary path) => string.Join("  ",
        TextForm.Time(path.StartNs), path.Id, path.Status, path.Final ? "final" : $"revision {path.Revision}", $"{path.Events} calls",
        $"{TextForm.Milliseconds(path.DurationNs)} ms", path.Root, string.Join(' ', path.Hosts));

    private static void WriteWithdrawn(ParseResult parsed, PathsWithdrawn withdrawn)
    {
        if (Output.IsJson(parsed))
            Console.Out.WriteLine(JsonSerializer.Serialize(new { withdrawn = withdrawn.Ids }, Json));
        else
            Console.Out.WriteLine($"withdrawn  {string.Join(' ', withdrawn.Ids)}");
    }
}
