using Microsoft.Extensions.Logging;

namespace STrace.Agent;

/// <summary>
/// The arenas of this host, one a user. Attaching threads add, the drain thread walks; the list is replaced, never changed.
/// </summary>
internal sealed class ArenaPool(AgentOptions options, TickClock clock, AgentCounters counters, ILogger<ArenaPool> logger) : IDisposable
{
    private const string Folder = "/dev/shm";
    private const uint FewestRings = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<uint, Arena> _byUser = [];
    private readonly List<ArenaLock> _locks = [];
    private readonly List<string> _links = [];
    private volatile Arena[] _all = [];
    private bool _armed;

    public IReadOnlyList<Arena> All => _all;

    /// <summary>
    /// Goes on with the arenas that an agent of this host left and that running applications still write into; removes the others.
    /// Those of another agent of this host that runs, at another socket, are left alone.
    /// </summary>
    /// <exception cref="AgentException">There is no memory left.</exception>
    public void AdoptLeftovers()
    {
        RemoveLeftLinks();
        string prefix = $"s-trace-{options.Host}-";
        string? anothers = null;
        foreach (string path in Directory.EnumerateFiles(Folder, $"{prefix}*.arena").OrderByDescending(File.GetCreationTimeUtc))
        {
            // UID-GUID: with more dashes it is of a host whose name begins as this one's does.
            string[] name = Path.GetFileNameWithoutExtension(path)[prefix.Length..].Split('-');
            if (name.Length != 2 || !uint.TryParse(name[0], out uint uid))
                continue;
            if (ArenaLock.TryTake(path) is not { } held)
            {
                anothers = path;
                continue;
            }
            if (MappedFiles.IsMappedByAnother(path) && Arena.Adopt((ushort)_all.Length, path, uid, options, clock, counters) is { } arena)
            {
                if (_byUser.TryAdd(uid, arena)) // the newest is for those that attach; older ones are drained
                    Link(uid, path);
                _all = [.. _all, arena];
                _locks.Add(held);
                LogMessages.Adopted(logger, path, arena.Owned, arena.Objects.Count);
                continue;
            }
            File.Delete(path);
            File.Delete(Arena.ObjectsPath(path));
            held.Dispose();
        }
        if (anothers is not null)
            LogMessages.AnotherAgent(logger, options.Host, ArenaLock.Holder(anothers)?.ToString() ?? "unknown");
    }

    /// <exception cref="AgentException">There is no memory for it.</exception>
    public Arena OfUser(uint uid, uint gid)
    {
        lock (_gate)
        {
            if (!_byUser.TryGetValue(uid, out Arena? arena))
            {
                string path = Path.Combine(Folder, $"s-trace-{options.Host}-{uid}-{Guid.NewGuid():N}.arena");
                arena = Create(uid, gid, path);
                arena.Arm(_armed);
                _byUser[uid] = arena;
                _all = [.. _all, arena];
                Link(uid, path);
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
        _links.ForEach(File.Delete);
        foreach (Arena arena in _all)
            arena.Dispose();
        _locks.ForEach(held => held.Dispose());
    }

    private Arena Create(uint uid, uint gid, string path)
    {
        ArenaLock held = ArenaLock.TryTake(path) ?? throw new AgentException($"cannot lock the arena {path}");
        try
        {
            var arena = new Arena((ushort)_all.Length, path, uid, gid, options with { Rings = AffordableRings() }, clock, counters);
            _locks.Add(held);
            return arena;
        }
        catch (AgentException)
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Where the user's next applications find the arena without asking. Those that do not, ask.</summary>
    private void Link(uint uid, string path)
    {
        string link = $"{options.Socket}.{uid}";
        try
        {
            File.Delete(link);
            File.CreateSymbolicLink(link, path);
            _links.Add(link);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogMessages.NotLinked(logger, link, e.Message);
        }
    }

    /// <summary>Of an agent that was killed: before its arenas go, so that nobody maps one of them meanwhile.</summary>
    private void RemoveLeftLinks()
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(options.Socket))!;
        string prefix = Path.GetFileName(options.Socket) + ".";
        if (!Directory.Exists(folder))
            return;
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            string name = Path.GetFileName(path);
            if (name.StartsWith(prefix, StringComparison.Ordinal) && uint.TryParse(name[prefix.Length..], out _) && new FileInfo(path).LinkTarget is not null)
                File.Delete(path);
        }
    }

    /// <summary>As many as asked for, unless they would take more than half of the shared memory that is free (64 MB in a container).</summary>
    private uint AffordableRings()
    {
        long free = new DriveInfo(Folder).AvailableFreeSpace;
        uint rings = options.Rings;
        while (rings / 2 >= FewestRings && Arena.SizeOf(rings, options.RecordsPerRing) > free / 2)
            rings /= 2;
        if (rings < options.Rings)
            LogMessages.FewerRings(logger, Folder, rings, options.Rings);
        return rings;
    }
}
