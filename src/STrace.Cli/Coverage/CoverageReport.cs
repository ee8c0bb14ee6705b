using STrace.AgentProtocol;

namespace STrace.Cli;

/// <summary>What of a command's I/O was recorded, in the form of <c>-o json</c>.</summary>
/// <param name="Missed">System calls that should have been recorded and were not.</param>
/// <param name="Lost">Calls that the recorder lost, so that some of the missed may be these.</param>
internal sealed record CoverageReport(
    int ExitStatus, int Calls, int Recorded, int LibcInternal, int Raw, int Missed, int Own, long Lost,
    IReadOnlyList<CoverageRow> Rows, IReadOnlyList<UncoveredProgram> Programs)
{
    private static readonly CallClass[] Counted = [CallClass.Recorded, CallClass.LibcInternal, CallClass.Raw, CallClass.Missed];

    public static CoverageReport Of(int exitStatus, ProcessTree tree, CoverageClassifier classifier, IEnumerable<SystemCall> calls, long lost)
    {
        List<(SystemCall Call, CallClass Class)> classified =
            [.. calls.Where(c => SystemCallTable.KindOf(c) != CallKind.None && !tree.IsFirst(c)).Select(c => (c, classifier.Classify(c)))];
        ILookup<CallClass, SystemCall> by = classified.ToLookup(c => c.Class, c => c.Call);
        int total = classified.Count - by[CallClass.Own].Count();
        var rows = Counted
            .SelectMany(k => by[k].GroupBy(c => c.Name).Select(g => Row(tree, k, g.Key, [.. g], total)))
            .OrderBy(r => r.Call, StringComparer.Ordinal).ThenBy(r => r.Class, StringComparer.Ordinal);
        var uncovered = classified.Where(c => c.Class is CallClass.Raw or CallClass.Missed)
            .Select(c => tree.ImageOf(c.Call)?.Path).ToHashSet();
        var programs = tree.Programs.Where(p => uncovered.Contains(p.Path) && p.Obstacle != Obstacle.None)
            .GroupBy(p => (p.Path, p.Obstacle))
            .Select(g => new UncoveredProgram(g.Key.Path, g.Key.Obstacle.Word(), g.Key.Obstacle.Reason(), g.Key.Obstacle.Remedy()));
        return new CoverageReport(
            exitStatus, total, by[CallClass.Recorded].Count(), by[CallClass.LibcInternal].Count(), by[CallClass.Raw].Count(),
            by[CallClass.Missed].Count(), by[CallClass.Own].Count(), lost, [.. rows], [.. programs]);
    }

    public static string Word(CallClass callClass) => callClass switch
    {
        CallClass.LibcInternal => "libc-internal",
        _ => callClass.ToString().ToLowerInvariant(),
    };

    private static CoverageRow Row(ProcessTree tree, CallClass callClass, string name, IReadOnlyList<SystemCall> calls, int total)
    {
        SystemCall example = calls[0];
        return new CoverageRow(
            name, Word(callClass), calls.Count, Math.Round(100.0 * calls.Count / total, 1), tree.ImageOf(example)?.Name ?? "?", example.Tid,
            example.Descriptor, string.Join(" < ", example.Stack.Take(4).Select(f => $"{Path.GetFileName(f.Module)}:{f.Function}")));
    }
}

/// <param name="Percent">Of all counted system calls.</param>
/// <param name="Program">Of the first such call, as what follows.</param>
/// <param name="Descriptor">With what it stood for; empty when it acts on none.</param>
/// <param name="Stack">Its innermost functions, file:function.</param>
internal sealed record CoverageRow(
    string Call, string Class, int Count, double Percent, string Program, int Tid, string Descriptor, string Stack);

internal sealed record UncoveredProgram(string Path, string Obstacle, string Reason, string Remedy);
