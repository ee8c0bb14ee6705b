using STrace.Correlation;
using STrace.Model;

namespace STrace.Manager;

/// <summary>The paths of a session that is followed: all that are provisional, and the newest that are final.</summary>
internal sealed class LiveResult(LiveLimits limits)
{
    private readonly Dictionary<string, CausalPath> _paths = [];
    private readonly Queue<CausalPath> _final = [];
    private long _finalCalls;

    /// <summary>Final paths that there were, kept or not.</summary>
    public long Finished { get; private set; }

    /// <summary>All that there are, by start; null when final ones among those that are asked for are not kept.</summary>
    /// <param name="ids">Empty: all.</param>
    public IReadOnlyList<CausalPath>? Find(IReadOnlyCollection<string> ids)
    {
        bool suffices = ids.Count > 0 ? ids.All(_paths.ContainsKey) : Finished == _final.Count;
        return suffices ? [.. _paths.Values.OrderBy(p => p.StartNs).ThenBy(p => p.Id, StringComparer.Ordinal)] : null;
    }

    public void Apply(PathUpdate update)
    {
        foreach (string id in update.Withdrawn)
            _paths.Remove(id);
        foreach (CausalPath path in update.Changed)
        {
            _paths[path.Id] = path;
            if (!path.Final)
                continue;
            Finished++;
            _final.Enqueue(path);
            _finalCalls += path.Events.Count;
        }
        while (_final.Count > limits.Paths || _finalCalls > limits.PathCalls)
        {
            CausalPath oldest = _final.Dequeue();
            _finalCalls -= oldest.Events.Count;
            _paths.Remove(oldest.Id);
        }
    }
}
