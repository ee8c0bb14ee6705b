using System.CommandLine;
using System.Text.Json;
using Spectre.Console;

namespace STrace.Cli;

/// <summary>Data on stdout, as JSON or as a table for people.</summary>
internal static class Output
{
    public static readonly Option<string> FormatOption = FormatOf();

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static bool IsJson(ParseResult parsed) => parsed.GetValue(FormatOption) == "json";

    public static void WriteJson<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, Json));

    /// <param name="rows">As many texts a row as there are columns.</param>
    public static void WriteTable(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table().Border(TableBorder.None).AddColumns([.. columns.Select(c => new TableColumn(c) { Padding = new Padding(0, 0, 2, 0), NoWrap = true })]);
        foreach (IReadOnlyList<string> row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        // A pipe has no width: what goes into one is not cut.
        IAnsiConsole console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
            console.Profile.Width = 1 << 24;
        console.Write(table);
    }

    private static Option<string> FormatOf()
    {
        var option = new Option<string>("-o", "--output") { Description = "text or json", DefaultValueFactory = _ => "text" };
        option.AcceptOnlyFromAmong("text", "json");
        return option;
    }
}
