using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using STrace.Agent;

namespace STrace.Cli;

/// <summary>
/// Becomes the command: st-exec takes this process's place, with the environment that libwrapper needs and without what the
/// runtime has changed (it ignores SIGPIPE and raises the limit of open files).
/// </summary>
internal static partial class RunCommand
{
    private const int SigPipe = 13;

    private static readonly Option<string?> Host = new("--host") { Description = "the host whose agent records [env STRACE_HOST, else the machine's name]" };
    private static readonly Option<bool> NoHooks = new("--no-hooks") { Description = "set no runtime hooks (NODE_OPTIONS, DOTNET_STARTUP_HOOKS)" };
    private static readonly Argument<string[]> Words = new("CMD") { Description = "the command and its arguments, after --", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var command = new Command("run", "Run a command under libwrapper, so that the host's agent records it.") { Host, NoHooks, Words };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string host = HostName.Check(parsed.GetValue(Host) ?? HostName.Default);
        string launcher = InstallLayout.Find("st-exec");
        string[] arguments =
        [
            launcher,
            "--env", $"STRACE_HOST={host}",
            "--prepend", $"LD_PRELOAD={InstallLayout.Find("libwrapper.so")}:",
            .. parsed.GetValue(NoHooks) ? [] : RuntimeHooks.Options(),
            .. Given(),
            "--", .. parsed.GetValue(Words)!,
        ];
        int error = Execv(launcher, [.. arguments, null]);
        throw new CliException(ExitStatus.No, $"cannot execute {launcher}: error {(error < 0 ? Marshal.GetLastPInvokeError() : error)}");
    }

    /// <summary>
    /// What this process was given when it began. Of what the runtime has changed, the caller's own is taken: a shell or a
    /// service manager gives what it has.
    /// </summary>
    private static IEnumerable<string> Given()
    {
        const string status = "/proc/self/status";
        const ulong sigPipe = 1UL << (SigPipe - 1);
        string caller = $"/proc/{Value(status, "PPid:")}";

        ulong ignored = (Signals(status, "SigIgn:") & ~sigPipe) | (Signals($"{caller}/status", "SigIgn:") & sigPipe);
        string signals = string.Join(',', Enumerable.Range(1, 64).Where(n => (ignored >> (n - 1) & 1) != 0));
        if (signals.Length > 0)
        {
            yield return "--ignore-signals";
            yield return signals;
        }
        yield return "--sigmask";
        yield return Signals(status, "SigBlk:").ToString("x", CultureInfo.InvariantCulture);
        // The runtime raised the soft limit to the hard one.
        if (OpenFiles("/proc/self") is { } own)
        {
            yield return "--nofile";
            yield return $"{Math.Min(OpenFiles(caller)?.Soft ?? own.Hard, own.Hard)}:{own.Hard}";
        }
    }

    private static ulong Signals(string file, string key) =>
        ulong.TryParse(Value(file, key), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong signals) ? signals : 0;

    private static (ulong Soft, ulong Hard)? OpenFiles(string process) =>
        Value($"{process}/limits", "Max open files")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var soft, var hard, ..]
            ? (ulong.Parse(soft, CultureInfo.InvariantCulture), ulong.Parse(hard, CultureInfo.InvariantCulture))
            : null;

    /// <summary>What follows the key on its line; null when the process belongs to another user, or to another namespace.</summary>
    private static string? Value(string file, string key)
    {
        try
        {
            return File.ReadLines(file).First(l => l.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execv(string path, string?[] arguments);
}
