using System.CommandLine;
using Microsoft.Extensions.Hosting;
using STrace.Agent;

namespace STrace.Cli;

internal static class AgentCommand
{
    private static readonly Option<string> Host = new("--host")
    {
        Description = "the host's name [env STRACE_HOST, else the machine's]",
        DefaultValueFactory = _ => HostName.Default,
    };

    private static readonly Option<string> Manager = new("--manager")
    {
        Description = "the manager, IP:PORT or unix:PATH",
        DefaultValueFactory = _ => "127.0.0.1:7653",
    };

    private static readonly Option<string?> Socket = new("--socket") { Description = "where applications attach [/run/s-trace/HOST.sock]" };
    private static readonly Option<uint> Rings = new("--rings") { Description = "threads of one user recorded at the same time", DefaultValueFactory = _ => 2048 };

    private static readonly Option<string> Policy = new Option<string>("--policy")
    {
        Description = "what a call does that finds its ring full: block, up to the deadline, or drop",
        DefaultValueFactory = _ => "block",
    }.AcceptOnlyFromAmong("block", "drop");

    private static readonly Option<uint> BlockDeadline = new("--block-deadline") { Description = "the longest that a call waits for room, ms", DefaultValueFactory = _ => 200 };
    private static readonly Option<bool> NoMarks = new("--no-marks") { Description = "do not look for messages in what is sent and received" };
    private static readonly Option<uint> SummaryBytes = new("--summary-bytes") { Description = "longest summary of a message, 0 for none", DefaultValueFactory = _ => 64 };
    private static readonly Option<string?> Spool = new("--spool") { Description = "folder for what is recorded while the manager is away, or none [$XDG_STATE_HOME/s-trace/spool/HOST, else under /var/lib]" };
    private static readonly Option<long> SpoolBytes = new("--spool-bytes") { Description = "the most that it may hold", DefaultValueFactory = _ => 1L << 30 };
    private static readonly Option<string?> Interface = new("--interface") { Description = "whose packets' headers are recorded: any, an interface's NAME, or none [any, where it is allowed]" };
    private static readonly Option<long> ClockOffset = new("--clock-offset") { Description = "for tests: ms by which this host's clock is to be off, in all that is recorded" };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "log more" };

    private const long LongestClockOffsetMs = 86_400_000;

    public static Command Create()
    {
        var command = new Command("agent", "Run the agent of a host: collects what applications under libwrapper do, and packets' headers.")
        {
            Host, Manager, Socket, Rings, Policy, BlockDeadline, NoMarks, SummaryBytes, Spool, SpoolBytes, Interface, ClockOffset, Verbose,
            AgentInstallCommand.Install(), AgentInstallCommand.Uninstall(),
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        string name = HostName.Check(parsed.GetValue(Host)!);
        string manager = parsed.GetValue(Manager)!;
        CheckManager(manager);
        CheckRange(parsed, Rings, 1, 65536);
        CheckRange(parsed, BlockDeadline, 0, 10_000);
        CheckRange(parsed, SummaryBytes, 0, 240);
        if (parsed.GetValue(SpoolBytes) < 0)
            throw new CliException(ExitStatus.Usage, $"--spool-bytes: {parsed.GetValue(SpoolBytes)} is not a number of bytes");
        if (Math.Abs((decimal)parsed.GetValue(ClockOffset)) > LongestClockOffsetMs)
            throw new CliException(ExitStatus.Usage, $"--clock-offset: {parsed.GetValue(ClockOffset)} is not a number of ms within a day");

        var options = new AgentOptions
        {
            Host = name,
            Manager = manager,
            Socket = parsed.GetValue(Socket) ?? AgentOptions.DefaultSocket(name),
            Rings = parsed.GetValue(Rings),
            DropWhenFull = parsed.GetValue(Policy) == "drop",
            BlockDeadline = TimeSpan.FromMilliseconds(parsed.GetValue(BlockDeadline)),
            Marks = !parsed.GetValue(NoMarks),
            SummaryBytes = parsed.GetValue(SummaryBytes),
            SpoolFolder = parsed.GetValue(Spool) switch { null => AgentOptions.DefaultSpoolFolder(name), "none" => null, var said => Path.GetFullPath(said) },
            SpoolBytes = parsed.GetValue(SpoolBytes),
            Interface = parsed.GetValue(Interface) switch { null => "any", "none" => null, var said => said },
            ClockOffset = TimeSpan.FromMilliseconds(parsed.GetValue(ClockOffset)),
            InterfaceIsOptional = parsed.GetValue(Interface) is null,
        };
        using IHost agent = AgentHost.Build(options, Logging.ToStderr(parsed.GetValue(Verbose)));
        await agent.StartAsync(ct);
        Console.Out.WriteLine("ready");
        await agent.WaitForShutdownAsync(ct);
        return ExitStatus.Ok;
    }

    private static void CheckRange(ParseResult parsed, Option<uint> option, uint least, uint most)
    {
        if (parsed.GetValue(option) is var value && (value < least || value > most))
            throw new CliException(ExitStatus.Usage, $"{option.Name}: {value} is not a number from {least} to {most}");
    }

    public static void CheckManager(string manager)
    {
        try
        {
            ManagerAddress.Parse(manager);
        }
        catch (FormatException e)
        {
            throw new CliException(ExitStatus.Usage, $"--manager: {e.Message}");
        }
    }
}
