using STrace.Agent;

namespace STrace.Cli;

/// <summary>
/// The runtime hooks that <c>s-trace run</c> sets. It sets them whatever the command is: who looks at the command would miss the node
/// behind npm, a shell script or a supervisor, and no other program reads these variables. Children inherit them with LD_PRELOAD. A
/// program that may not read the hook's file, or does not see it (chroot), does not start: <c>--no-hooks</c> is for such.
/// </summary>
internal static class RuntimeHooks
{
    /// <returns>Options of st-exec.</returns>
    public static IEnumerable<string> Options() =>
    [
        .. Prepend("NODE_OPTIONS", $"--require {Quoted(InstallLayout.Find("hooks/strace-node.js"))}", ' '),
        .. Prepend("DOTNET_STARTUP_HOOKS", InstallLayout.Find("hooks/STrace.DotnetHook.dll"), ':'),
    ];

    /// <summary>Within another <c>s-trace run</c> the variable has it already.</summary>
    private static string[] Prepend(string name, string value, char separator) =>
        Environment.GetEnvironmentVariable(name)?.Contains(value, StringComparison.Ordinal) == true
            ? []
            : ["--prepend", $"{name}={value}{separator}"];

    /// <summary>As node reads NODE_OPTIONS: blanks separate, but not in double quotes; there a backslash takes the next as it is.</summary>
    private static string Quoted(string path) =>
        path.AsSpan().ContainsAny(" \"\\")
            ? $"\"{path.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\""
            : path;
}
