using System.CommandLine;
using System.Globalization;

namespace STrace.Cli;

/// <summary>Writes a coverage report, for people or as JSON.</summary>
internal static class CoverageText
{
    /// <returns>The exit status: no when something was missed.</returns>
    public static int Write(ParseResult parsed, CoverageReport report)
    {
        if (Output.IsJson(parsed))
            Output.WriteJson(report);
        else
            WriteText(report);
        return report.Missed == 0 ? ExitStatus.Ok : ExitStatus.No;
    }

    private static void WriteText(CoverageReport report)
    {
        Output.WriteTable(
            ["CALL", "CLASS", "COUNT", "%", "PROGRAM", "TID", "DESCRIPTOR", "MADE BY"],
            report.Rows.Select(r => (IReadOnlyList<string>)
            [
                r.Call, r.Class, $"{r.Count}", r.Percent.ToString("0.0", CultureInfo.InvariantCulture), r.Program, $"{r.Tid}", r.Descriptor,
                r.Class == "recorded" ? "" : r.Stack,
            ]));
        Console.Out.WriteLine(
            $"{report.Calls} I/O system calls: {Part(report.Recorded, report)} recorded, {Part(report.LibcInternal, report)} libc-internal, " +
            $"{Part(report.Raw, report)} raw, {Part(report.Missed, report)} missed; the command's exit status was {report.ExitStatus}");
        if (report.Lost > 0)
            Console.Out.WriteLine($"the recorder lost {report.Lost} calls: some of the missed may be these");
        foreach (UncoveredProgram program in report.Programs)
            Console.Out.WriteLine($"{program.Path} {program.Reason}: {program.Remedy}");
    }

    private static string Part(int count, CoverageReport report) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} ({(report.Calls == 0 ? 0 : 100.0 * count / report.Calls):0.0}%)");
}
