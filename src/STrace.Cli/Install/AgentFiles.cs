using System.Reflection;
using System.Runtime.InteropServices;
using STrace.Agent;

namespace STrace.Cli;

/// <summary>What an agent needs on a host: the executable's folder, the native parts and hooks beside it, a systemd unit and its environment.</summary>
internal static class AgentFiles
{
    public const string UnitName = "s-trace-agent.service";
    private const string Environment = "/etc/s-trace/agent.env";
    private const string Command = "/usr/local/bin/s-trace";
    private static readonly string[] NativeParts = ["libwrapper.so", "libsthost.so", "st-exec"];

    /// <exception cref="AgentException">A native part is missing.</exception>
    public static IReadOnlyList<InstallItem> Of(string prefix, string host, string manager)
    {
        string native = Path.GetDirectoryName(InstallLayout.Find("libwrapper.so"))!;
        string hooks = Path.Combine(native, "hooks");
        return
        [
            .. Files(AppContext.BaseDirectory, Path.Combine(prefix, "lib")).Where(f => IsOfThisMachine(f.Path)),
            .. NativeParts.Select(p => File(InstallLayout.Find(p), Path.Combine(prefix, p))),
            .. Directory.Exists(hooks) ? Files(hooks, Path.Combine(prefix, "hooks")) : [],
            new InstalledLink(Path.Combine(prefix, "s-trace"), "lib/s-trace"),
            new InstalledLink(Command, Path.Combine(prefix, "s-trace")),
            new InstalledFile($"/etc/systemd/system/{UnitName}", Unit().Replace("@PREFIX@", prefix, StringComparison.Ordinal)),
            new InstalledFile(Environment, $"""
                # What {UnitName} gives to the agent; `systemctl restart {UnitName}` after a change.
                STRACE_HOST={host}
                STRACE_MANAGER={manager}
                # More options of `s-trace agent`, see `s-trace agent --help`.
                STRACE_AGENT_OPTIONS=
                {Runtime()}
                """),
        ];
    }

    /// <summary>A runtime that is not where the executable looks by itself must be found again.</summary>
    private static string Runtime() => System.Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root ? $"DOTNET_ROOT={root}\n" : "";

    private static string Unit()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(UnitName)!;
        return new StreamReader(stream).ReadToEnd();
    }

    private static IEnumerable<InstalledFile> Files(string folder, string to) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Order(StringComparer.Ordinal).Select(f => File(f, Path.Combine(to, Path.GetRelativePath(folder, f))));

    private static InstalledFile File(string source, string path) =>
        new(path, System.IO.File.ReadAllBytes(source), Path.GetExtension(path) is "" or ".so" or ".node");

    /// <summary>Packages bring libraries for every machine there is.</summary>
    private static bool IsOfThisMachine(string path) => !path.Contains("/runtimes/", StringComparison.Ordinal)
        || path.Contains($"/runtimes/linux-{RuntimeInformation.ProcessArchitecture}/", StringComparison.OrdinalIgnoreCase);
}
