using STrace.Correlation;
using STrace.Model;
using STrace.Storage;

namespace STrace.Manager;

/// <summary>
/// Finds the paths of a session: while it records those that were built so far; else they are built from the store when they are asked
/// for. Those of a closed session, which cannot change, are kept for the next question; the newest few, because a session's paths may
/// be many.
/// </summary>
internal sealed class PathService(ISessionStore store, SessionReader reader, LivePaths live)
{
    private const int Kept = 4;

    private readonly Lock _gate = new();
    private readonly LinkedList<(string Key, PathSet Paths)> _kept = [];

    /// <param name="rewrites">Sources of rewrites that may join; empty for none.</param>
    /// <param name="slow">Above which a gap counts as slow; infinite for none.</param>
    /// <param name="ids">The paths in question; empty: all.</param>
    /// <exception cref="SessionStoreException">There is no such session, or it cannot be read.</exception>
    public async Task<PathSet> FindAsync(
        string name, IReadOnlyCollection<RewriteSource> rewrites, TimeSpan slow, IReadOnlyCollection<string> ids, CancellationToken ct)
    {
        bool isUsual = SlowNs(slow) == LiveSession.Options.SlowThresholdNs && LiveSession.Options.Rewrites.All(rewrites.Contains);
        return isUsual && live.Find(name) is { } session && await session.FindAsync(ids, ct) is { } paths ? paths : Build(name, rewrites, slow);
    }

    /// <summary>Builds anew from what is in the store at this moment, whatever is known already.</summary>
    /// <inheritdoc cref="Build"/>
    public PathSet Rebuild(string name, IReadOnlyCollection<RewriteSource> rewrites, TimeSpan slow)
    {
        Forget(name);
        return Build(name, rewrites, slow);
    }

    /// <param name="rewrites">Sources of rewrites that may join; empty for none.</param>
    /// <param name="slow">Above which a gap counts as slow; infinite for none.</param>
    /// <exception cref="SessionStoreException">There is no such session, or it cannot be read.</exception>
    public PathSet Build(string name, IReadOnlyCollection<RewriteSource> rewrites, TimeSpan slow)
    {
        ISession session = store.Open(name);
        SessionInfo info = session.Info;
        string key = $"{name}/{info.StartNs}/{string.Join(',', rewrites.Order())}/{slow}";
        bool final = info.State == SessionState.Closed;
        if (final && Find(key) is { } kept)
            return kept;

        PathSet paths = Correlator.Build(
            reader.Read(name, session),
            new CorrelationOptions { Rewrites = [.. rewrites], SlowThresholdNs = SlowNs(slow) });
        if (final)
            Keep(key, paths);
        return paths;
    }

    /// <summary>The session's paths are to be built anew: more is known of it.</summary>
    public void Forget(string name)
    {
        lock (_gate)
        {
            foreach (var kept in _kept.Where(k => k.Paths.Session == name).ToList())
                _kept.Remove(kept);
        }
    }

    private static long SlowNs(TimeSpan slow) => slow == Timeout.InfiniteTimeSpan ? long.MaxValue : (long)slow.TotalNanoseconds;

    private PathSet? Find(string key)
    {
        lock (_gate)
            return _kept.FirstOrDefault(k => k.Key == key).Paths;
    }

    private void Keep(string key, PathSet paths)
    {
        lock (_gate)
        {
            _kept.AddFirst((key, paths));
            if (_kept.Count > Kept)
                _kept.RemoveLast();
        }
    }
}
