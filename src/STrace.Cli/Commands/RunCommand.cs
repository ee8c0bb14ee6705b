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
    private static readonly Argument<string[]> Words = new("CMD") { Description = "the command and its arguments, after --", Arity = ArgumentArity.OneOrMore };

    public static Command Create()
    {
        var command = new Command("run", "Run a command under libwrapper, so that the host's agent records it.") { Host, Words };
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
            .. Given(),
            "--", .. parsed.GetValue(Words)!,
        ];
        int error = Execv(launcher, [.. arguments, null]);
        throw new CliException(ExitStatus.No, $"cannot execute {launcher}: error {(error < 0 ? Marshal.GetLastPInvokeError() : error)}");
    }

    /// <summary>What this process was given when it began, as far as it can be told now.</summary>
    private static IEnumerable<string> Given()
    {
        ulong ignored = Status("/proc/self/status", "SigIgn:") & ~(1UL << (SigPipe - 1));
        string signals = string.Join(',', Enumerable.Range(1, 64).Where(n => (ignored >> (n - 1) & 1) != 0));
        if (signals.Length > 0)
            yield return "--ignore-signals";
        if (signals.Length > 0)
            yield return signals;
        yield return "--sigmask";
        yield return Status("/proc/self/status", "SigBlk:").ToString("x", CultureInfo.InvariantCulture);
        // The runtime raised this process's limit; the caller's is what it was given.
        if (OpenFiles($"/proc/{ParentPid()}/limits") is { } limit)
        {
            yield return "--nofile";
            yield return limit;
        }
    }

    private static ulong Status(string file, string key) => ulong.Parse(
        File.ReadLines(file).First(l => l.StartsWith(key, StringComparison.Ordinal)).AsSpan(key.Length).Trim(),
        NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static string ParentPid()
    {
        const string key = "PPid:";
        return File.ReadLines("/proc/self/status").First(l => l.StartsWith(key, StringComparison.Ordinal))[key.Length..].Trim();
    }

    private static string? OpenFiles(string file)
    {
        const string key = "Max open files";
        try
        {
            string[] limits = File.ReadLines(file).First(l => l.StartsWith(key, StringComparison.Ordinal))[key.Length..]
                .Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return $"{limits[0]}:{limits[1]}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // the caller belongs to another user: the limit stays raised
        }
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execv(string path, string?[] arguments);
}
