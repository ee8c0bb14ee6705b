using System.CommandLine;
using STrace.Manager;

namespace STrace.Cli;

internal static class ManagerCommand
{
    private static readonly Option<string?> Config = new("--config") { Description = "configuration file (JSON)" };
    private static readonly Option<string?> OpenFlow = new("--openflow") { Description = "where switches connect, IP:PORT, or ssl:IP:PORT for TLS [127.0.0.1:6653]" };
    private static readonly Option<string[]> Upstream = new("--upstream") { Description = "another controller in the place of the built-in one, tcp:HOST:PORT or ssl:HOST:PORT; may be repeated" };
    private static readonly Option<string?> TlsKey = new("--tls-key") { Description = "the manager's key for TLS, PEM file" };
    private static readonly Option<string?> TlsCert = new("--tls-cert") { Description = "the manager's certificate, PEM file" };
    private static readonly Option<string?> TlsCa = new("--tls-ca") { Description = "the authority of switches' and controllers' certificates, PEM file; with it switches must show one" };
    private static readonly Option<string?> ReplayOpenFlow = new("--replay-openflow") { Description = "where switches of a replay network connect, IP:PORT [127.0.0.1:6753]" };
    private static readonly Option<string?> Agents = new("--agents") { Description = "where agents connect, IP:PORT or unix:PATH [127.0.0.1:7653]" };
    private static readonly Option<string?> Http = new("--http") { Description = "where commands connect, IP:PORT [127.0.0.1:8653]" };
    private static readonly Option<string?> Data = new("--data") { Description = $"where sessions are kept [{ManagerOptions.DefaultDataDirectory}]" };
    private static readonly Option<string?> BuildInterval = new("--build-interval")
    {
        Description = "how often the paths of a session that records are built, e.g. 250ms, 1s, 5m; 0: only when asked for [250ms]",
    };

    private static readonly Option<string?> LateAfter = new("--late-after")
    {
        Description = "for how long these paths wait for a host whose agent is away [10s]",
    };

    private static readonly Option<bool> Verbose = new("--verbose") { Description = "log more" };

    public static Command Create()
    {
        var command = new Command("manager", "Run the manager: OpenFlow controller or proxy, recorder, receiver of the agents, correlator.")
        {
            Config, OpenFlow, Upstream, TlsKey, TlsCert, TlsCa, ReplayOpenFlow, Agents, Http, Data, BuildInterval, LateAfter, Verbose,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var said = new ManagerSettings
        {
            OpenFlow = parsed.GetValue(OpenFlow),
            Upstream = parsed.GetValue(Upstream) is { Length: > 0 } upstreams ? upstreams : null,
            TlsKey = parsed.GetValue(TlsKey),
            TlsCert = parsed.GetValue(TlsCert),
            TlsCa = parsed.GetValue(TlsCa),
            ReplayOpenFlow = parsed.GetValue(ReplayOpenFlow),
            Agents = parsed.GetValue(Agents),
            Http = parsed.GetValue(Http),
            Data = parsed.GetValue(Data),
            BuildInterval = parsed.GetValue(BuildInterval),
            LateAfter = parsed.GetValue(LateAfter),
        };
        ManagerOptions options = said.Over(parsed.GetValue(Config) is { } file ? ManagerSettings.FromFile(file) : new ManagerSettings()).Check();
        await using var manager = new ManagerHost(options, Logging.ToStderr(parsed.GetValue(Verbose)));
        await manager.StartAsync(ct);
        Console.Out.WriteLine("ready");
        await manager.WaitForShutdownAsync(ct);
        return ExitStatus.Ok;
    }
}
