using System.CommandLine;
using STrace.Agent;

namespace STrace.Cli;

/// <summary>Checks what the other commands will need, and says how to get what is missing.</summary>
internal static class DoctorCommand
{
    private static readonly (string What, string File)[] NativeParts =
        [("interposition library", "libwrapper.so"), ("launcher", "st-exec"), ("host library", "libsthost.so")];

    private static readonly (string Program, string Package, string Needed)[] Programs =
    [
        ("ovs-vsctl", "openvswitch-switch", "the reference scenario's switches"),
        ("mn", "mininet", "the reference scenario"),
        ("ethtool", "ethtool", "the reference scenario's hosts"),
        ("dot", "graphviz", "SVG export"),
        ("strace", "strace", "doctor --coverage"),
    ];

    private static readonly Option<bool> Coverage = new("--coverage")
    {
        Description = "run CMD under libwrapper and strace and say which of its I/O system calls were recorded; exit status 1 when some were missed",
    };

    private static readonly Argument<string[]> Words = new("CMD") { Description = "the command and its arguments, after --", Arity = ArgumentArity.ZeroOrMore };

    public static Command Create()
    {
        var command = new Command("doctor", "Check that everything S-Trace needs is here; exit status 1 when something is missing.")
        {
            Coverage, Words, Output.FormatOption,
        };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        string[] words = parsed.GetValue(Words) ?? [];
        if (parsed.GetValue(Coverage) != words.Length > 0)
            throw new CliException(ExitStatus.Usage, "write `s-trace doctor`, or `s-trace doctor --coverage -- CMD`");
        // Not awaited by the command line, which would end the process two seconds after a signal.
        return words.Length > 0 ? CoverageText.Write(parsed, CoverageRun.RunAsync(words, CancellationToken.None).GetAwaiter().GetResult()) : Check();
    }

    private static int Check()
    {
        (string What, string? Missing)[] checks = [.. Checks()];
        Output.WriteTable(["", "CHECK", "WHAT TO DO"], checks.Select(c => (IReadOnlyList<string>)[c.Missing is null ? "ok" : "MISSING", c.What, c.Missing ?? ""]));
        return checks.All(c => c.Missing is null) ? ExitStatus.Ok : ExitStatus.No;
    }

    private static IEnumerable<(string What, string? Missing)> Checks()
    {
        foreach (var (what, file) in NativeParts)
            yield return ($"{what} {file}", NativeMissing(file));
        foreach (var (program, package, needed) in Programs)
            yield return ($"{program}, for {needed}", OnPath(program) ? null : $"apt-get install {package}");
        yield return ("root, for network namespaces and switches", Environment.IsPrivilegedProcess ? null : "run as root");
    }

    private static string? NativeMissing(string file)
    {
        try
        {
            InstallLayout.Find(file);
            return null;
        }
        catch (AgentException e)
        {
            return e.Message;
        }
    }

    private static bool OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':').Append("/usr/sbin").Any(folder => File.Exists(Path.Combine(folder, program)));
}
