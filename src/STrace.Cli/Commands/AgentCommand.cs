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
    private static readonly Option<uint> Rings = new("--rings") { Description = "threads of one user recorded at the same time", DefaultValueFactory = _ => 512 };
    private static readonly Option<string?> Interface = new("--interface") { Description = "whose packets' headers are recorded: any, an interface's NAME, or none [any, where it is allowed]" };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "log more" };

    public static Command Create()
    {
        var command = new Command("agent", "Run the agent of a host: collects what applications under libwrapper do, and packets' headers.")
        {
            Host, Manager, Socket, Rings, Interface, Verbose,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        string name = HostName.Check(parsed.GetValue(Host)!);
        string manager = parsed.GetValue(Manager)!;
        CheckManager(manager);
        if (parsed.GetValue(Rings) is 0 or > 65536)
            throw new CliException(ExitStatus.Usage, $"--rings: {parsed.GetValue(Rings)} is not a number from 1 to 65536");

        var options = new AgentOptions
        {
            Host = name,
            Manager = manager,
            Socket = parsed.GetValue(Socket) ?? AgentOptions.DefaultSocket(name),
            Rings = parsed.GetValue(Rings),
            Interface = parsed.GetValue(Interface) switch { null => "any", "none" => null, var said => said },
            InterfaceIsOptional = parsed.GetValue(Interface) is null,
        };
        using IHost agent = AgentHost.Build(options, Logging.ToStderr(parsed.GetValue(Verbose)));
        await agent.StartAsync(ct);
        Console.Out.WriteLine("ready");
        await agent.WaitForShutdownAsync(ct);
        return ExitStatus.Ok;
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
