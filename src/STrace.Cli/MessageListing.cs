using System.CommandLine;
using System.Text.Json;
using STrace.Manager;

namespace STrace.Cli;

/// <summary>The control messages of a session, one after another as they come from the manager.</summary>
internal static class MessageListing
{
    private static readonly Option<bool> Messages = new("--messages") { Description = "list the control messages, in the words of ovs-ofctl" };
    private static readonly Option<string?> Switch = new("--switch") { Description = "only messages of the switch with this dpid" };

    private static readonly Option<string[]> Types = new("--type")
    {
        Description = "only messages of these types: packet_in, flow_mod, ...",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> From = new("--from") { Description = $"only from this time (UTC) on: {SessionTime.Forms}" };
    private static readonly Option<string?> Until = new("--until") { Description = "only until this time" };
    private static readonly Option<int?> Limit = new("--limit") { Description = "at most so many" };

    private static readonly Option[] Filters = [Switch, Types, From, Until, Limit];

    public static IEnumerable<Option> Options => [Messages, .. Filters];

    /// <exception cref="CliException">Messages are chosen that are not asked for.</exception>
    public static bool IsAskedFor(ParseResult parsed) => parsed.GetValue(Messages)
        || (Array.Find(Filters, f => parsed.GetResult(f) is { Implicit: false }) is { } filter
            ? throw new CliException(ExitStatus.Usage, $"{filter.Name} chooses among the messages: write --messages too")
            : false);

    public static async Task<int> WriteAsync(ParseResult parsed, ManagerClient manager, string session, CancellationToken ct)
    {
        string address = $"sessions/{Uri.EscapeDataString(session)}";
        string query = $"{address}/messages?{string.Join('&', await QueryAsync(parsed, manager, address, ct))}";
        await using Stream answer = await manager.OpenAsync(query, ct);
        if (Output.IsJson(parsed))
        {
            await CopyAsync(answer, ct);
            return ExitStatus.Ok;
        }
        await foreach (ControlMessageInfo? message in JsonSerializer.DeserializeAsyncEnumerable<ControlMessageInfo>(answer, JsonSerializerOptions.Web, ct))
            Console.Out.WriteLine(Line(message!));
        return ExitStatus.Ok;
    }

    /// <summary>Time (UTC), switch, direction and text, whose further lines are set in.</summary>
    internal static string Line(ControlMessageInfo message) =>
        $"{TextForm.Time(message.TimeNs)} {message.Dpid} {(message.Direction == "to-switch" ? "<-" : "->")} {message.Text.ReplaceLineEndings("\n    ")}";

    private static async Task CopyAsync(Stream answer, CancellationToken ct)
    {
        using var text = new StreamReader(answer);
        var buffer = new char[1 << 14];
        while (await text.ReadAsync(buffer, ct) is > 0 and var length)
            await Console.Out.WriteAsync(buffer, 0, length);
        Console.Out.WriteLine();
    }

    private static async Task<List<string>> QueryAsync(ParseResult parsed, ManagerClient manager, string address, CancellationToken ct)
    {
        var query = new List<string>();
        if (parsed.GetValue(Switch) is { } dpid)
            query.Add($"switch={Uri.EscapeDataString(dpid)}");
        if (parsed.GetValue(Types) is { Length: > 0 } types)
            query.Add($"type={Uri.EscapeDataString(string.Join(',', types))}");
        if (parsed.GetValue(Limit) is { } limit)
            query.Add($"limit={limit}");
        if (parsed.GetValue(From) is not null || parsed.GetValue(Until) is not null)
        {
            var session = await manager.GetAsync<SessionSummary>(address, ct);
            foreach (Option<string?> option in (Option<string?>[])[From, Until])
            {
                if (parsed.GetValue(option) is { } time)
                    query.Add($"{option.Name.TrimStart('-')}={SessionTime.Parse(option.Name, time, session.StartNs)}");
            }
        }
        return query;
    }
}
