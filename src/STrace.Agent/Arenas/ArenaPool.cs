namespace STrace.Agent;

/// <summary>
/// The arenas of this host, one a user. Attaching threads add, the drain thread walks; the list is replaced, never changed.
/// </summary>
internal sealed class ArenaPool(AgentOptions options, TickClock clock) : IDisposable
{
    private const string Folder = "/dev/shm";

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Arena> _byUser = [];
    private volatile Arena[] _all = [];
    private bool _armed;

    public IReadOnlyList<Arena> All => _all;

    /// <summary>Removes what a killed agent of this host left behind; only one agent of a name runs, its socket sees to that.</summary>
    public void RemoveLeftovers()
    {
        string prefix = $"s-trace-{options.Host}-";
        foreach (string path in Directory.EnumerateFiles(Folder, $"{prefix}*.arena"))
        {
            // UID-GUID: with more dashes it is of a host whose name begins as this one's does.
            if (Path.GetFileName(path)[prefix.Length..].Count(c => c == '-') == 1)
                File.Delete(path);
        }
    }

    public Arena OfUser(uint uid, uint gid)
    {
        lock (_gate)
        {
            if (!_byUser.TryGetValue(uid, out Arena? arena))
            {
                string path = Path.Combine(Folder, $"s-trace-{options.Host}-{uid}-{Guid.NewGuid():N}.arena");
                arena = new Arena((ushort)_byUser.Count, path, uid, gid, options, clock);
                arena.Arm(_armed);
                _byUser[uid] = arena;
                _all = [.. _all, arena];
            }
            return arena;
        }
    }

    public void Arm(bool armed)
    {
        lock (_gate)
        {
            _armed = armed;
            foreach (Arena arena in _all)
                arena.Arm(armed);
        }
    }

    public void Dispose()
    {
        foreach (Arena arena in _all)
            arena.Dispose();
    }
}
