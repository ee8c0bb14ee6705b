using STrace.Model;

namespace STrace.Cli;

/// <summary>
/// Holds the system calls of a traced tree against the records of the same run. strace stamps a call while its thread stands still
/// within it, so the stamp lies between the record's two times.
/// </summary>
internal sealed class CoverageClassifier
{
    /// <summary>Two readings of one clock through two scales; calls of a traced thread are much further apart.</summary>
    private const long ToleranceNs = 20_000;

    private static readonly string[] LibcFiles = ["libc", "ld-linux-x86-64", "libpthread", "librt", "libanl", "libdl"];

    private readonly string _library;
    private readonly ProcessTree _tree;
    private readonly HashSet<string> _interposed;
    private readonly Dictionary<int, HostEvent[]> _records;
    private readonly Func<string, IReadOnlyList<(string Name, ulong Address)>> _exportsOf;
    private readonly Dictionary<string, ILookup<ulong, string>> _exports = [];
    private readonly Dictionary<SystemCall, CallClass> _classes = [];

    /// <param name="library">libwrapper.so, whose exports are the functions that it stands before.</param>
    /// <param name="exportsOf">What a shared object exports: <see cref="Agent.ElfFile.Exports"/>.</param>
    public CoverageClassifier(
        string library, ProcessTree tree, IEnumerable<HostEvent> records, Func<string, IReadOnlyList<(string Name, ulong Address)>> exportsOf)
    {
        _exportsOf = exportsOf;
        _library = library;
        _tree = tree;
        _interposed = [.. exportsOf(library).Select(e => e.Name)];
        _records = records
            .GroupBy(r => (r.Flags & EventTraits.VforkChild) != 0 ? r.Pid : r.Tid)
            .ToDictionary(g => g.Key, g => g.OrderBy(r => r.EnterNs).ToArray());
    }

    public CallClass Classify(SystemCall call)
    {
        if (!_classes.TryGetValue(call, out CallClass known))
            _classes[call] = known = Find(call);
        return known;
    }

    private CallClass Find(SystemCall call)
    {
        bool replaced = call.Name is "execve" or "execveat" && call.Succeeded; // its stack is the new program's
        if (!replaced && call.Stack.Count > 0 && !IsLibc(call.Stack[0].Module) && !IsLibrary(call.Stack[0].Module))
            return CallClass.Raw;
        if (IsCovered(call))
            return CallClass.Recorded;
        if (replaced)
            return OfExec(call);
        if (call.Stack.Count == 0)
            return CallClass.Missed;
        if (IsLibrary(call.Stack[0].Module))
            return CallClass.Own;

        int outermost = 0;
        while (outermost < call.Stack.Count && IsLibc(call.Stack[outermost].Module))
            outermost++;
        if (outermost == call.Stack.Count)
            return CallClass.LibcInternal; // the loader, a helper thread of libc, what follows main
        StackFrame caller = call.Stack[outermost];
        bool interposed = IsLibrary(caller.Module) || NamesOf(call.Stack[outermost - 1]).Any(_interposed.Contains);
        return interposed && !IsCharacterOfAFile(call, caller) ? CallClass.Missed : CallClass.LibcInternal;
    }

    /// <summary>fgetc, fputc and their like are recorded on sockets and pipes alone: a file's buffer is filled for them unrecorded.</summary>
    private static bool IsCharacterOfAFile(SystemCall call, StackFrame caller) =>
        (caller.Function.Contains("getc", StringComparison.Ordinal) || caller.Function.Contains("putc", StringComparison.Ordinal)) &&
        call.Descriptor.Contains("</", StringComparison.Ordinal);

    /// <summary>An exec between a spawn and its program is libc's; one that the program asked for has a record of its own.</summary>
    private CallClass OfExec(SystemCall call)
    {
        if (_tree.StartOf(call.Tid) is { } start && start.Arguments.Contains("CLONE_VM", StringComparison.Ordinal) && Classify(start) is var made)
            return made;
        return _tree.ImageOf(call)?.Obstacle is AgentProtocol.Obstacle.StaticExecutable or AgentProtocol.Obstacle.Go ? CallClass.Raw : CallClass.Missed;
    }

    private bool IsCovered(SystemCall call)
    {
        if (!_records.TryGetValue(call.Tid, out HostEvent[]? records))
            return false;
        CallKind kind = SystemCallTable.KindOf(call);
        // The last that began before; signal handlers and callbacks may lie within an earlier one.
        int at = Array.FindLastIndex(records, r => r.EnterNs <= call.EnterNs + ToleranceNs);
        for (int back = 0; at - back >= 0 && back < 16; back++)
        {
            HostEvent record = records[at - back];
            bool within = (record.Flags & EventTraits.NoReturn) != 0 ? back == 0 : call.EnterNs <= record.ExitNs + ToleranceNs;
            if (within && (SystemCallTable.KindsOf(record.Operation) & kind) != 0)
                return true;
        }
        return false;
    }

    private IEnumerable<string> NamesOf(StackFrame frame)
    {
        if (!_exports.TryGetValue(frame.Module, out ILookup<ulong, string>? exports))
            _exports[frame.Module] = exports = _exportsOf(frame.Module).ToLookup(e => e.Address, e => e.Name);
        return exports[frame.Start];
    }

    private bool IsLibrary(string module) => module == _library;

    private static bool IsLibc(string module)
    {
        string name = Path.GetFileName(module);
        return LibcFiles.Any(l => name.StartsWith(l, StringComparison.Ordinal) && name.Length > l.Length && name[l.Length] is '.' or '-' && name.Contains(".so", StringComparison.Ordinal));
    }
}
