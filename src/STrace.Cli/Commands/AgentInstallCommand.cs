using System.CommandLine;
using System.Diagnostics;

namespace STrace.Cli;

/// <summary>Makes the agent a service of the host, and undoes it.</summary>
internal static class AgentInstallCommand
{
    private const string RunningSystemd = "/run/systemd/system"; // sd_booted(3)

    private static readonly Option<string> Host = new("--host")
    {
        Description = "the host's name [env STRACE_HOST, else the machine's]",
        DefaultValueFactory = _ => HostName.Default,
    };

    private static readonly Option<string> Manager = new("--manager") { Description = "the manager, IP:PORT or unix:PATH", Required = true };
    private static readonly Option<string> Prefix = new("--prefix") { Description = "folder for the programs", DefaultValueFactory = _ => "/usr/local/lib/s-trace" };
    private static readonly Option<string> Root = new("--root") { Description = "put everything under this folder, and start nothing", DefaultValueFactory = _ => "/" };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "say what would be put where" };

    public static Command Install()
    {
        var command = new Command("install", "Install the agent as a systemd service of this host, and start it.") { Host, Manager, Prefix, Root, DryRun };
        command.SetAction(parsed => Guarded(() => Install(parsed)));
        return command;
    }

    public static Command Uninstall()
    {
        var command = new Command("uninstall", "Stop the agent's service, and remove what install has put on this host.") { Prefix, Root, DryRun };
        command.SetAction(parsed => Guarded(() => Uninstall(parsed)));
        return command;
    }

    private static int Install(ParseResult parsed)
    {
        string host = HostName.Check(parsed.GetValue(Host)!);
        string manager = parsed.GetValue(Manager)!;
        AgentCommand.CheckManager(manager);
        (string root, string prefix) = Places(parsed);
        IReadOnlyList<InstallItem> items = AgentFiles.Of(prefix, host, manager);
        if (parsed.GetValue(DryRun))
        {
            foreach (InstallItem item in items)
                Console.Out.WriteLine(item is InstalledLink link ? $"{link.Path} -> {link.Target}" : item.Path);
            return ExitStatus.Ok;
        }

        new Installation(root, prefix).Put(items);
        Console.Out.WriteLine($"installed {items.Count} files under {prefix}, /usr/local/bin and /etc");
        if (Starts(root))
        {
            Systemctl("daemon-reload");
            Systemctl("enable", AgentFiles.UnitName);
            Systemctl("restart", AgentFiles.UnitName);
            Console.Out.WriteLine($"{AgentFiles.UnitName} runs");
        }
        else
        {
            Console.Out.WriteLine($"systemd does not run here; the agent is started by: {prefix}/s-trace agent --host {host} --manager {manager}");
        }
        return ExitStatus.Ok;
    }

    private static int Uninstall(ParseResult parsed)
    {
        (string root, string prefix) = Places(parsed);
        var installation = new Installation(root, prefix);
        if (parsed.GetValue(DryRun))
        {
            foreach (string path in installation.Paths)
                Console.Out.WriteLine(path);
            return ExitStatus.Ok;
        }

        if (installation.Paths.Any() && Starts(root))
            Systemctl("disable", "--now", AgentFiles.UnitName);
        var result = installation.Remove();
        if (result is null)
        {
            Console.Out.WriteLine($"no agent is installed under {prefix}");
            return ExitStatus.Ok;
        }
        if (Starts(root))
            Systemctl("daemon-reload");
        foreach (string path in result.Value.Kept)
            Console.Error.WriteLine($"s-trace: {path} has been changed since it was installed: it stays");
        Console.Out.WriteLine($"removed {result.Value.Removed} files");
        return ExitStatus.Ok;
    }

    private static (string Root, string Prefix) Places(ParseResult parsed)
    {
        string prefix = parsed.GetValue(Prefix)!;
        // systemd's units end a word at a blank, and expand a percent sign.
        if (!Path.IsPathRooted(prefix) || prefix.Any(c => char.IsWhiteSpace(c) || c is '%' or '"' or '\\'))
            throw new CliException(ExitStatus.Usage, $"--prefix: '{prefix}' is not an absolute path without blanks");
        return (Path.GetFullPath(parsed.GetValue(Root)!), Path.GetFullPath(prefix));
    }

    private static bool Starts(string root) => root == "/" && Directory.Exists(RunningSystemd);

    private static void Systemctl(params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("systemctl", arguments) { RedirectStandardError = true })!;
        string said = process.StandardError.ReadToEnd().Trim();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new CliException(ExitStatus.No, $"systemctl {string.Join(' ', arguments)}: {said}: see `journalctl -u {AgentFiles.UnitName}`");
    }

    private static int Guarded(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (UnauthorizedAccessException e)
        {
            throw new CliException(ExitStatus.Permission, $"{e.Message.TrimEnd('.')}: run it as root");
        }
        catch (IOException e)
        {
            throw new CliException(ExitStatus.No, e.Message);
        }
    }
}
