using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>One manager's world in a temporary folder: its ports, its data, one agent, applications. All end with it.</summary>
internal sealed class Stand : IAsyncDisposable
{
    public const string Host = "functional";

    private readonly Stack<RunningProgram> _programs = new();

    public string Folder { get; } = Directory.CreateTempSubdirectory("st-").FullName;

    public int OpenFlow { get; } = FreePort();

    public int Http { get; } = FreePort();

    public string Server => $"http://127.0.0.1:{Http}";

    /// <summary>Where agents find the manager.</summary>
    public string AgentsAddress => $"unix:{In("agents.sock")}";

    /// <summary>Where applications find the agent.</summary>
    public string AgentSocket => In("agent.sock");

    public string In(string name) => Path.Combine(Folder, name);

    /// <summary>A stand whose manager and agent run and know each other.</summary>
    public static async Task<Stand> RunningAsync()
    {
        var stand = new Stand();
        try
        {
            await stand.ManagerAsync();
            await stand.AgentAsync();
            await stand.AgentConnectedAsync();
            return stand;
        }
        catch
        {
            await stand.DisposeAsync();
            throw;
        }
    }

    /// <summary>A port of the loopback that nobody has now, and none that the kernel gives to whoever asks for just any.</summary>
    public static int FreePort()
    {
        int[] range = [.. File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split('\t').Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
        int[] askedFor = [.. Enumerable.Range(10_000, 55_536).Where(port => port < range[0] || port > range[1])];
        while (true)
        {
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, askedFor.Length > 0 ? Random.Shared.GetItems(askedFor, 1)[0] : 0);
                probe.Start();
                return ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            catch (SocketException)
            {
                // Somebody has that one.
            }
        }
    }

    /// <summary>Starts a program that is stopped with the stand, the last first.</summary>
    public RunningProgram Start(string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null)
    {
        var program = new RunningProgram(file, arguments, environment);
        _programs.Push(program);
        return program;
    }

    /// <summary>The stand's manager, ready.</summary>
    public Task<RunningProgram> ManagerAsync(IReadOnlyDictionary<string, string?>? environment = null) =>
        Start(Product.Executable("s-trace"), ManagerCommand(OpenFlow, Http, AgentsAddress), environment).SaysAsync("ready");

    /// <summary>What starts a manager in this folder.</summary>
    public string[] ManagerCommand(int openFlow, int http, string agents, string data = "data") =>
        ["manager", "--openflow", $"127.0.0.1:{openFlow}", "--http", $"127.0.0.1:{http}", "--agents", agents, "--data", In(data)];

    /// <summary>The stand's agent, ready.</summary>
    public Task<RunningProgram> AgentAsync() => Start(Product.Executable("s-trace"), AgentCommand).SaysAsync("ready");

    public string[] AgentCommand => ["agent", "--host", Host, "--manager", AgentsAddress, "--socket", AgentSocket, "--spool", In("spool")];

    /// <summary>Waits until the manager knows the agent.</summary>
    public Task AgentConnectedAsync() => UntilAsync(
        async () => (await JsonAsync("hosts")).EnumerateArray().Any(h => h.GetProperty("connected").GetBoolean()), "no agent connects");

    /// <summary>Runs a client command of s-trace.</summary>
    public Task<Finished> STraceAsync(params string[] arguments) =>
        RunningProgram.RunAsync(Product.Executable("s-trace"), arguments, new Dictionary<string, string?> { ["STRACE_SERVER"] = Server });

    /// <summary>What a client command prints with <c>-o json</c>.</summary>
    public async Task<JsonElement> JsonAsync(params string[] arguments) =>
        JsonElement.Parse((await STraceAsync([.. arguments, "-o", "json"])).Succeeded());

    /// <summary>Waits until the condition holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string failure)
    {
        for (long end = Environment.TickCount64 + 60_000; !await condition(); await Task.Delay(50))
            Assert.True(Environment.TickCount64 < end, failure);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (RunningProgram program in _programs)
        {
            if (program.Running)
                program.Signal(RunningProgram.SigTerm);
            using (program)
                await Task.WhenAny(program.EndedAsync(), Task.Delay(TimeSpan.FromSeconds(10)));
        }
        Directory.Delete(Folder, recursive: true);
    }
}
