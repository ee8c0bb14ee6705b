namespace STrace.Agent;

/// <summary>Finds the native parts (libwrapper.so, libsthost.so, st-exec), which stand beside the executable or one folder above.</summary>
public static class InstallLayout
{
    /// <exception cref="AgentException">The file is in none of the places.</exception>
    public static string Find(string file)
    {
        string?[] folders = [Environment.GetEnvironmentVariable("STRACE_BIN"), AppContext.BaseDirectory, Path.Combine(AppContext.BaseDirectory, "..")];
        foreach (string? folder in folders)
        {
            if (!string.IsNullOrEmpty(folder) && Path.GetFullPath(Path.Combine(folder, file)) is var path && File.Exists(path))
                return path;
        }
        throw new AgentException($"{file} is missing beside {AppContext.BaseDirectory}: run `make`, or say in STRACE_BIN where it is");
    }
}
