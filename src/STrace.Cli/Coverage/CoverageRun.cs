using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using STrace.Agent;

namespace STrace.Cli;

/// <summary>Runs a command once, under libwrapper and under strace, and compares what both saw.</summary>
internal static partial class CoverageRun
{
    private const string Prefix = "thread.";

    private static readonly string[] StraceOptions =
        ["-ff", "-qq", "-yy", "-k", "-s", "48", "--absolute-timestamps=unix,ns", "--signal=none"];

    /// <exception cref="CliException">strace is missing or cannot trace.</exception>
    public static async Task<CoverageReport> RunAsync(IReadOnlyList<string> command, CancellationToken ct)
    {
        string library = Path.GetFullPath(InstallLayout.Find("libwrapper.so"));
        string folder = Directory.CreateTempSubdirectory("s-trace-coverage-").FullName;
        try
        {
            using var recorder = new PrivateRecorder(folder);
            await recorder.StartAsync(ct);
            int status = await TraceAsync(Arguments(folder, library, recorder.Socket, command), ct);
            var (records, lost) = await recorder.StopAsync(ct);

            var calls = Directory.EnumerateFiles(folder, $"{Prefix}*")
                .Select(file => (File: file, Tid: int.Parse(Path.GetFileName(file)[Prefix.Length..], CultureInfo.InvariantCulture)))
                .ToDictionary(log => log.Tid, log => StraceLog.Read(log.Tid, File.ReadLines(log.File)));
            if (calls.Values.All(c => c.Count == 0))
                throw new CliException(ExitStatus.Permission, "strace traced nothing: is ptrace allowed here (kernel.yama.ptrace_scope, CAP_SYS_PTRACE)?");
            var tree = new ProcessTree(calls, library);
            return CoverageReport.Of(
                status, tree, new CoverageClassifier(library, tree, records, ElfFile.Exports), calls.Values.SelectMany(c => c).OrderBy(c => c.EnterNs), lost);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The command's output goes to stderr: stdout is for the report.</summary>
    private static IEnumerable<string> Arguments(string folder, string library, string socket, IReadOnlyList<string> command) =>
    [
        "-c", "exec \"$@\" >&2", "sh",
        "strace", .. StraceOptions, "-e", $"trace={string.Join(',', SystemCallTable.Names.Select(n => $"?{n}"))}",
        "-o", Path.Combine(folder, Prefix.TrimEnd('.')),
        "-E", $"LD_PRELOAD={library}", "-E", $"STRACE_SOCKET={socket}",
        "--", .. command,
    ];

    private static async Task<int> TraceAsync(IEnumerable<string> arguments, CancellationToken ct)
    {
        using Process strace = Process.Start(new ProcessStartInfo("/bin/sh", arguments) { UseShellExecute = false })!;
        // Whoever stops this command wants the report of what it did so far: the traced command is stopped instead.
        using PosixSignalRegistration interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Forward);
        using PosixSignalRegistration terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Forward);
        await strace.WaitForExitAsync(ct);
        return strace.ExitCode;

        void Forward(PosixSignalContext context)
        {
            context.Cancel = true;
            const int sigTerm = 15;
            string children = File.ReadAllText($"/proc/{strace.Id}/task/{strace.Id}/children");
            foreach (string child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                _ = Kill(int.Parse(child, CultureInfo.InvariantCulture), sigTerm);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
