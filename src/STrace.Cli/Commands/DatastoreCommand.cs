using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Hosting;
using STrace.Agent;
using STrace.AgentProtocol;

namespace STrace.Cli;

internal static class DatastoreCommand
{
    /// <summary>OFPP_MAX of OpenFlow 1.0: ports above it are not places at a switch.</summary>
    private const ushort LastPort = 0xff00;

    private static readonly Option<string> Manager = new("--manager") { Description = "the manager, IP:PORT or unix:PATH", Required = true };
    private static readonly Option<string?> Name = new("--name") { Description = "the datastore's name [datastore-DPID]" };
    private static readonly Option<string[]> Switch = new("--switch") { Description = "a switch, DPID in hex digits; repeat it with --port and --interface", Required = true };
    private static readonly Option<string[]> Port = new("--port") { Description = "the switch's port at which the datastore is", Required = true };
    private static readonly Option<string[]> Interface = new("--interface") { Description = "the interface that is linked to that port", Required = true };
    private static readonly Option<bool> Verbose = new("--verbose") { Description = "log more" };

    public static Command Create()
    {
        var command = new Command("datastore", "Keep the frames that switches mirror to this host while a session records, and send recorded ones at a replay.")
        {
            Manager, Name, Switch, Port, Interface, Verbose,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        DatastorePort[] ports = Ports(parsed.GetValue(Switch)!, parsed.GetValue(Port)!, parsed.GetValue(Interface)!);
        string manager = parsed.GetValue(Manager)!;
        AgentCommand.CheckManager(manager);
        var options = new DatastoreOptions
        {
            Host = HostName.Check(parsed.GetValue(Name) ?? $"datastore-{ports[0].Dpid:x16}", "--name"),
            Manager = manager,
            Ports = ports,
        };
        using IHost datastore = DatastoreHost.Build(options, Logging.ToStderr(parsed.GetValue(Verbose)));
        await datastore.StartAsync(ct);
        Console.Out.WriteLine("ready");
        await datastore.WaitForShutdownAsync(ct);
        return ExitStatus.Ok;
    }

    /// <summary>The n-th switch, port and interface belong together.</summary>
    private static DatastorePort[] Ports(string[] switches, string[] ports, string[] interfaces)
    {
        if (switches.Length != ports.Length || ports.Length != interfaces.Length)
        {
            throw new CliException(
                ExitStatus.Usage,
                $"{switches.Length} --switch, {ports.Length} --port, {interfaces.Length} --interface: give all three for each place of the datastore");
        }
        DatastorePort[] places = [.. switches.Select((dpid, i) => new DatastorePort(ParseDpid(dpid), ParsePort(ports[i]), interfaces[i]))];
        if (interfaces.GroupBy(i => i).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new CliException(ExitStatus.Usage, $"--interface: {twice.Key} is given twice");
        if (places.GroupBy(p => (p.Dpid, p.Port)).FirstOrDefault(g => g.Count() > 1) is { } place)
            throw new CliException(ExitStatus.Usage, $"--port: port {place.Key.Port} of switch {place.Key.Dpid:x16} is given twice");
        return places;
    }

    private static ulong ParseDpid(string text) =>
        ulong.TryParse(
            text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text[2..] : text,
            NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong dpid)
            ? dpid
            : throw new CliException(ExitStatus.Usage, $"--switch: '{text}' is not a datapath id (up to 16 hex digits)");

    private static ushort ParsePort(string text) =>
        ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port is > 0 and <= LastPort
            ? port
            : throw new CliException(ExitStatus.Usage, $"--port: '{text}' is not a port's number from 1 to {LastPort}");
}
