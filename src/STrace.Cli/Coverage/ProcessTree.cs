using System.Globalization;

namespace STrace.Cli;

/// <summary>Which program each thread of a traced tree ran, and when.</summary>
internal sealed class ProcessTree
{
    private static readonly string[] Starters = ["clone", "clone3", "fork", "vfork"];

    private readonly Dictionary<int, IReadOnlyList<SystemCall>> _calls;
    private readonly Dictionary<int, SystemCall> _starts = [];
    private readonly Dictionary<int, List<ProgramImage>> _images = [];

    /// <param name="calls">By thread.</param>
    /// <param name="library">The library that is preloaded.</param>
    public ProcessTree(Dictionary<int, IReadOnlyList<SystemCall>> calls, string library)
    {
        _calls = calls;
        foreach (SystemCall start in calls.Values.SelectMany(c => c).Where(c => Starters.Contains(c.Name)))
        {
            if (int.TryParse(start.Result.Split(' ', '<')[0], NumberStyles.None, CultureInfo.InvariantCulture, out int child))
                _starts.TryAdd(child, start);
        }
        foreach (var (tid, own) in calls)
            _images[tid] = Images(own, library);
    }

    /// <summary>The call that made the thread; null for the tree's first.</summary>
    public SystemCall? StartOf(int tid) => _starts.GetValueOrDefault(tid);

    /// <summary>What the thread that made this call ran then; of a successful exec, what it ran before.</summary>
    public ProgramImage? ImageOf(SystemCall call)
    {
        SystemCall at = call;
        for (int generations = 0; generations <= _calls.Count; generations++)
        {
            if (_images.GetValueOrDefault(at.Tid)?.LastOrDefault(i => i.SinceNs < at.EnterNs) is { } image)
                return image;
            if (StartOf(at.Tid) is not { } start)
                return null;
            at = start;
        }
        return null;
    }

    /// <summary>The first exec of the tree is strace's own.</summary>
    public bool IsFirst(SystemCall call) => StartOf(call.Tid) is null && ReferenceEquals(_calls[call.Tid][0], call);

    public IEnumerable<ProgramImage> Programs => _images.Values.SelectMany(i => i);

    private static List<ProgramImage> Images(IReadOnlyList<SystemCall> calls, string library)
    {
        var images = new List<ProgramImage>();
        foreach (SystemCall call in calls.Where(c => c.Succeeded))
        {
            if (call.Name == "execve" && call.Arguments.Split('"') is [_, var path, ..])
                images.Add(new ProgramImage(path, call.EnterNs));
            else if (call.Name == "openat" && images.Count > 0 && call.Arguments.Contains($"\"{library}\"", StringComparison.Ordinal))
                images[^1].Preloaded = true;
        }
        return images;
    }
}
