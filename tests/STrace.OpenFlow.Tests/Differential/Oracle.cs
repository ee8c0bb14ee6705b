using System.Diagnostics;

namespace STrace.OpenFlow.Tests;

/// <summary>Another program that reads OpenFlow.</summary>
internal static class Oracle
{
    /// <summary>Runs it over a file, and returns the lines that it prints.</summary>
    public static IReadOnlyList<string> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n');
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program}: {errors.Result}");
        return lines;
    }

    /// <summary>The lines of each message, by what the first line of each must contain. The messages are in order.</summary>
    public static List<string[]> Split(IReadOnlyList<string> lines, IReadOnlyList<string> marks)
    {
        var starts = new List<int>();
        for (var i = 0; i < lines.Count && starts.Count < marks.Count; i++)
        {
            if (lines[i].Contains(marks[starts.Count], StringComparison.Ordinal))
                starts.Add(i);
        }
        Assert.True(starts.Count == marks.Count, $"{starts.Count} of {marks.Count} messages are there; {(starts.Count < marks.Count ? marks[starts.Count] : "")} is not");
        starts.Add(lines.Count);
        var all = lines.ToArray();
        return [.. starts.SkipLast(1).Select((start, i) => all[start..starts[i + 1]])];
    }
}
