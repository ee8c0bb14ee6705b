using System.CommandLine;

namespace STrace.Cli;

internal static class ExportCommand
{
    private static readonly Option<string[]> Path = new("--path") { Description = "only the path with this id; may be repeated", AllowMultipleArgumentsPerToken = false };
    private static readonly Option<string> Format = FormatOf();
    private static readonly Option<string?> Detail = DetailOf();
    private static readonly Option<string?> Out = new("--out") { Description = "the file to write [stdout]" };

    public static Command Create()
    {
        var command = new Command("export", "Write the paths of a session as JSON, DOT or SVG.")
        {
            ManagerClient.ServerOption, PathQuery.Session, Path, PathQuery.Rewrites, PathQuery.Slow, Format, Detail, Out,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        using ManagerClient manager = ManagerClient.Of(parsed);
        string query = PathQuery.Of(parsed, "export") + $"&format={parsed.GetValue(Format)}" +
            (parsed.GetValue(Detail) is { } detail ? $"&detail={Uri.EscapeDataString(detail)}" : "") +
            string.Concat((parsed.GetValue(Path) ?? []).Select(id => $"&path={Uri.EscapeDataString(id)}"));
        if (parsed.GetValue(Out) is not { } file)
        {
            await using Stream stdout = Console.OpenStandardOutput();
            await manager.DownloadAsync(query, stdout, ct);
            return ExitStatus.Ok;
        }

        // Written beside and renamed, so that a failure leaves no half of a file under the name that was asked for.
        string partial = $"{file}.{Environment.ProcessId}.partial";
        try
        {
            await using (FileStream output = File.Create(partial))
                await manager.DownloadAsync(query, output, ct);
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(
                e is UnauthorizedAccessException ? ExitStatus.Permission : ExitStatus.No, $"cannot write {file}: {e.Message}");
        }
        finally
        {
            if (File.Exists(partial))
                File.Delete(partial);
        }
        return ExitStatus.Ok;
    }

    private static Option<string?> DetailOf()
    {
        var option = new Option<string?>("--detail") { Description = "coarse or fine (dot and svg) [fine]" };
        option.AcceptOnlyFromAmong("coarse", "fine");
        return option;
    }

    private static Option<string> FormatOf()
    {
        var option = new Option<string>("--format") { Description = "json, dot or svg", Required = true };
        option.AcceptOnlyFromAmong("json", "dot", "svg");
        return option;
    }
}
