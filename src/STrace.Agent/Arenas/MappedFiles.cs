namespace STrace.Agent;

/// <summary>Which files processes have in their memory, as /proc tells.</summary>
internal static class MappedFiles
{
    /// <summary>Whether a process other than this one maps the file. One whose maps may not be read counts as none.</summary>
    public static bool IsMappedByAnother(string path) => Directory.EnumerateDirectories("/proc")
        .Where(p => int.TryParse(Path.GetFileName(p), out int pid) && pid != Environment.ProcessId)
        .Any(p => Maps(p, path));

    private static bool Maps(string process, string path)
    {
        try
        {
            return File.ReadLines(Path.Combine(process, "maps")).Any(line => line.EndsWith(path, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false; // it has ended, or is not ours to look at
        }
    }
}
