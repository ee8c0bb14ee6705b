using Microsoft.Extensions.Logging;

namespace STrace.Agent;

/// <summary>Where a host's agents keep what no manager has stored: a folder a run, one bound for all of them. Any thread.</summary>
internal sealed class SpoolFolder(string path, long maxBytes, AgentCounters counters, ILogger<SpoolFolder> logger)
{
    private const UnixFileMode OwnersAlone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private long _used = Directory.Exists(path) ? new DirectoryInfo(path).EnumerateFiles("*", SearchOption.AllDirectories).Sum(f => f.Length) : 0;
    private bool _told;

    public string Path => path;

    /// <summary>Runs that have left something here. One that still goes on may be among them.</summary>
    public IReadOnlyList<Guid> Runs => Directory.Exists(path)
        ? [.. Directory.EnumerateDirectories(path).Select(d => Guid.TryParse(System.IO.Path.GetFileName(d), out Guid run) ? run : default).Where(r => r != default)]
        : [];

    /// <exception cref="AgentException">Nothing can be kept there.</exception>
    public void Check()
    {
        try
        {
            Make(path);
            File.Delete(System.IO.Path.Combine(path, "lock")); // needs the right that making a folder there needs
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentException(
                $"cannot keep events in {path} while the manager is away: {e.Message}; give the agent a --spool DIR of its own, or --spool none",
                e is UnauthorizedAccessException);
        }
    }

    public static void Make(string folder) => Directory.CreateDirectory(folder, OwnersAlone);

    public bool HasRoom(long bytes) => Interlocked.Read(ref _used) + bytes <= maxBytes;

    public void Use(long bytes) => Interlocked.Add(ref _used, bytes);

    public void Torn(long bytes)
    {
        if (bytes <= 0)
            return;
        counters.SpoolBytesTorn += bytes;
        LogMessages.SpoolTorn(logger, path, bytes);
    }

    public void TellFailure(string reason)
    {
        if (!_told)
            LogMessages.SpoolFailed(logger, path, reason);
        _told = true;
    }

    public void TellRecovery()
    {
        _told = false;
        LogMessages.SpoolRecovered(logger, path);
    }
}
