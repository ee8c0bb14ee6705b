using System.Globalization;
using STrace.AgentProtocol;

namespace STrace.Agent;

/// <summary>
/// Looks through /proc for the processes of this host: those in the agent's own network namespace, since network namespaces may
/// share /proc. Says of each whether libwrapper records it, and if not, why. For one thread at a time.
/// </summary>
/// <param name="socket">Where this agent takes applications in.</param>
/// <param name="host">Whose name its arenas bear.</param>
/// <param name="clockOffsetNs">Added to all times.</param>
/// <param name="arenas">The files of its arenas.</param>
internal sealed class ProcessScanner(string socket, string host, long clockOffsetNs, Func<IReadOnlyList<string>> arenas)
{
    private const string Library = "/libwrapper.so";
    private const string OwnProgram = "s-trace";
    private const string IoUring = "anon_inode:[io_uring]";

    private readonly long _bootNs = TickClock.NowNs + clockOffsetNs - UptimeNs();
    private readonly string? _namespace = new ProcFolder(Environment.ProcessId).NetworkNamespace;
    private Dictionary<(int, long, string), Known> _known = [];
    private Dictionary<(int, long, string), int> _untaken = []; // and by how many scans

    /// <summary>Programs that were found with libwrapper and without an agent by two scans: at one, they may just be starting.</summary>
    public long NeverTaken { get; private set; }

    /// <summary>What does not change while a process runs one program.</summary>
    private sealed record Known(Obstacle Program, string Command, bool IsSecure);

    private sealed record Seen(int Pid, ProcFolder Folder, string Executable, string Program, int Ppid, long StartNs);

    /// <summary>All processes but those of S-Trace, by pid.</summary>
    public IReadOnlyList<ProcessRecord> Scan()
    {
        Dictionary<string, ListeningEndpoint> listening = ListeningSockets.Read();
        var rings = arenas().Select(RingOwners.Read).ToList();
        var processes = new List<ProcessRecord>();
        var known = new Dictionary<(int, long, string), Known>();
        var untaken = new Dictionary<(int, long, string), int>();
        foreach (Seen seen in All())
        {
            try
            {
                var key = (seen.Pid, seen.StartNs, seen.Executable);
                known[key] = _known.GetValueOrDefault(key) ?? Learn(seen);
                processes.Add(Describe(seen, known[key], listening, rings));
                if (processes[^1].Obstacle == Obstacle.NotAttached && (untaken[key] = _untaken.GetValueOrDefault(key) + 1) == 2)
                    NeverTaken++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended meanwhile, or is another user's and the agent is not root.
            }
        }
        _known = known;
        _untaken = untaken;
        var interposed = processes.Where(p => p.Interposed).Select(p => p.Pid).ToHashSet();
        return [.. processes.Select(p => interposed.Contains(p.Ppid) ? p with { Traits = p.Traits | ProcessTraits.Matters } : p)];
    }

    private IEnumerable<Seen> All()
    {
        foreach (string path in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) || pid == Environment.ProcessId)
                continue;
            Seen? seen = null;
            try
            {
                var folder = new ProcFolder(pid);
                if (folder.NetworkNamespace == _namespace && folder.Executable is { } executable && Path.GetFileName(executable) != OwnProgram)
                {
                    var (program, ppid, startNs) = folder.Status;
                    seen = new Seen(pid, folder, executable, program, ppid, startNs);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
            }
            if (seen is not null)
                yield return seen;
        }
    }

    private static Known Learn(Seen seen)
    {
        // Through /proc the file is found although it was replaced, or lies in another mount namespace.
        Obstacle program = ElfFile.TryRead($"/proc/{seen.Pid}/exe")?.Obstacle ?? Obstacle.None;
        bool secure = seen.Folder.IsSecure;
        if (program == Obstacle.Privileged && !secure)
            program = Obstacle.None; // root runs it: it has no more rights than its starter
        return new Known(program, seen.Folder.Command, secure);
    }

    private ProcessRecord Describe(
        Seen seen, Known known, Dictionary<string, ListeningEndpoint> listening, List<(HashSet<int> Pids, bool Full)> rings)
    {
        var listens = new List<ListeningEndpoint>();
        ProcessTraits traits = ProcessTraits.None;
        foreach (string descriptor in seen.Folder.Descriptors())
        {
            if (descriptor == IoUring)
                traits |= ProcessTraits.IoUring;
            if (!descriptor.StartsWith("socket:[", StringComparison.Ordinal))
                continue;
            traits |= ProcessTraits.Matters;
            if (listening.TryGetValue(descriptor[8..^1], out ListeningEndpoint at))
                listens.Add(at);
        }
        Obstacle obstacle = Find(seen, known, rings);
        if (obstacle == Obstacle.NotAttached)
            traits |= ProcessTraits.Matters; // it was to be recorded
        if (obstacle is Obstacle.None or Obstacle.Go && IsAttached(seen.Folder.Maps))
            traits |= ProcessTraits.Interposed | ProcessTraits.Matters;
        return new ProcessRecord(
            seen.Pid, seen.Ppid, seen.Folder.Uid, _bootNs + seen.StartNs, traits, obstacle, seen.Program, known.Command,
            [.. listens.Distinct().OrderBy(l => l.Endpoint.Port)]);
    }

    private Obstacle Find(Seen seen, Known known, List<(HashSet<int> Pids, bool Full)> rings)
    {
        if (known.Program == Obstacle.Go)
            return Obstacle.Go; // also with libwrapper in it
        string maps = seen.Folder.Maps;
        if (IsAttached(maps))
        {
            return rings.Any(r => r.Full) && !rings.Any(r => r.Pids.Contains(seen.Pid)) ? Obstacle.NoRing : Obstacle.None;
        }
        if (maps.Contains(Library, StringComparison.Ordinal))
        {
            return maps.Contains($"/s-trace-{host}-", StringComparison.Ordinal) ? Obstacle.AgentBefore
                : Asks(seen.Folder) != socket ? Obstacle.OtherSocket
                : Obstacle.NotAttached;
        }
        return known.Program != Obstacle.None && !(known.Program == Obstacle.StaticExecutable && maps.Contains("/libc.so", StringComparison.Ordinal))
            ? known.Program
            : known.IsSecure ? Obstacle.Privileged
            : Obstacle.NotPreloaded;
    }

    private bool IsAttached(string maps) => arenas().Any(file => maps.Contains($"{file}\n", StringComparison.Ordinal));

    /// <summary>The socket at which libwrapper in that process looks for its agent; arena.c says how.</summary>
    private static string Asks(ProcFolder process) =>
        process.Variable("STRACE_SOCKET") is { Length: > 0 } told ? told
        : AgentOptions.DefaultSocket(process.Variable("STRACE_HOST") is { Length: > 0 } host ? host : Environment.MachineName);

    private static long UptimeNs() =>
        (long)(double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture) * 1e9);
}
