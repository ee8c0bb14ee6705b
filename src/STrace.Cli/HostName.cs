using System.Text.RegularExpressions;

namespace STrace.Cli;

/// <summary>The name of a host: part of a socket's path and of everything that the host tells.</summary>
internal static partial class HostName
{
    /// <summary>$STRACE_HOST, else the machine's name; libwrapper looks in the same order.</summary>
    public static string Default =>
        Environment.GetEnvironmentVariable("STRACE_HOST") is { Length: > 0 } host ? host : Environment.MachineName;

    public static string Check(string name, string option = "--host") => Form().IsMatch(name)
        ? name
        : throw new CliException(ExitStatus.Usage, $"{option}: '{name}' is not a host's name: 1 to 64 letters, digits, '.', '_', '-'");

    [GeneratedRegex(@"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}\z")]
    private static partial Regex Form();
}
