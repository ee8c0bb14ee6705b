using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using STrace.AgentProtocol;
using STrace.Model;
using STrace.TestKit;

namespace STrace.Agent.Tests;

/// <summary>The scanner before real processes.</summary>
public sealed class ProcessScannerTests : IDisposable
{
    private const string AgentSocket = "/run/s-trace/scanned.sock";
    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _started = [];

    public void Dispose()
    {
        foreach (Process process in _started)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        _folder.Dispose();
    }

    [Fact]
    public void Scan_ProgramWithoutTheLibrary_IsNotPreloaded()
    {
        ProcessRecord cat = Scanned(Start("/bin/cat"));

        Assert.Equal((Obstacle.NotPreloaded, false, "cat"), (cat.Obstacle, cat.Interposed, cat.Program));
        Assert.Equal("/bin/cat", cat.Command);
    }

    [Fact]
    public void Scan_StaticProgram_SaysSo()
    {
        File.WriteAllText(_folder["a.c"], "#include <unistd.h>\nint main(void) { return pause(); }\n");
        using (Process compiler = Process.Start("cc", ["-static", "-o", _folder["waits"], _folder["a.c"]]))
            compiler.WaitForExit();

        Assert.Equal(Obstacle.StaticExecutable, Scanned(Start(_folder["waits"])).Obstacle);
    }

    [Theory]
    [InlineData("/run/s-trace/scanned.sock", Obstacle.NotAttached)]
    [InlineData("/run/s-trace/elsewhere.sock", Obstacle.OtherSocket)]
    public void Scan_LibraryWithoutAnAgent_SaysWhereItAsked(string asked, Obstacle obstacle)
    {
        Process cat = StartUntaken(asked);

        Assert.Equal(obstacle, Scanned(cat).Obstacle);
    }

    [Fact]
    public void Scan_LibraryWithoutAnAgent_Matters()
    {
        Process cat = StartUntaken(AgentSocket);

        Assert.True((Scanned(cat).Traits & ProcessTraits.Matters) != 0);
    }

    [Fact]
    public void NeverTaken_LibraryWithoutAnAgentAgain_IsCountedOnce()
    {
        var scanner = new ProcessScanner(AgentSocket, "scanned", 0, () => []);
        scanner.Scan();
        long before = scanner.NeverTaken;
        StartUntaken(AgentSocket);

        long[] counted = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            scanner.Scan();
            return scanner.NeverTaken - before;
        })];

        Assert.Equal([0, 1, 1], counted);
    }

    [Fact]
    public void Scan_ListeningProcess_MattersAndTellsWhere()
    {
        const string serve = "import socket,sys; s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(); print(s.getsockname()[1], flush=True); sys.stdin.read()";
        Process server = Start("/usr/bin/python3", ["-c", serve]);
        ushort port = ushort.Parse(server.StandardOutput.ReadLine()!);

        ProcessRecord scanned = Scanned(server);

        Assert.True((scanned.Traits & ProcessTraits.Matters) != 0);
        Assert.Equal([new ListeningEndpoint(FlowTuple.Tcp, new Endpoint(IpAddress.Parse("127.0.0.1"), port))], scanned.Listens);
    }

    [Fact]
    public void ListeningSockets_OfBothFamilies_AreReadByInode()
    {
        using var v6 = new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp);
        v6.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));

        Assert.Contains(
            new ListeningEndpoint(FlowTuple.Udp, new Endpoint(IpAddress.Parse("::1"), (ushort)((IPEndPoint)v6.LocalEndPoint!).Port)),
            ListeningSockets.Read().Values);
    }

    /// <summary>A program with a library of libwrapper's name, which attaches to nobody.</summary>
    private Process StartUntaken(string asked)
    {
        File.WriteAllText(_folder["l.c"], "int nothing;\n");
        using (Process compiler = Process.Start("cc", ["-shared", "-fPIC", "-o", _folder["libwrapper.so"], _folder["l.c"]]))
            compiler.WaitForExit();
        return Start("/bin/cat", ("LD_PRELOAD", _folder["libwrapper.so"]), ("STRACE_SOCKET", asked));
    }

    private static ProcessRecord Scanned(Process process) =>
        new ProcessScanner(AgentSocket, "scanned", 0, () => []).Scan().Single(p => p.Pid == process.Id);

    private Process Start(string program, params (string Name, string Value)[] environment) => Start(program, [], environment);

    private Process Start(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment.Remove("LD_PRELOAD");
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        _started.Add(process);
        return process;
    }
}
