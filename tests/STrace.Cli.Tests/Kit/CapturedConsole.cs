using Spectre.Console;

// What is captured is the process's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace STrace.Cli.Tests;

/// <summary>Runs commands within this process and keeps what they write.</summary>
internal sealed class CapturedConsole : IDisposable
{
    private readonly TextWriter _formerOut = Console.Out;
    private readonly TextWriter _formerError = Console.Error;
    private readonly IAnsiConsole _formerTables = AnsiConsole.Console;
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    public CapturedConsole()
    {
        Console.SetOut(_out);
        Console.SetError(_error);
        AnsiConsole.Console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Out = new AnsiConsoleOutput(_out) });
    }

    public string Out => _out.ToString();

    public string[] OutLines => Lines(_out);

    public string[] ErrorLines => Lines(_error);

    public static Task<int> RunAsync(params string[] args) => CommandLine.RunAsync(args);

    public void Dispose()
    {
        Console.SetOut(_formerOut);
        Console.SetError(_formerError);
        AnsiConsole.Console = _formerTables;
        _out.Dispose();
        _error.Dispose();
    }

    private static string[] Lines(StringWriter writer) => writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
