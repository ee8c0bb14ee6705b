using System.Text.RegularExpressions;

namespace STrace.FunctionalTests;

/// <summary>The n-Tier application in a stand, on the loopback interface and recorded by the stand's agent.</summary>
internal sealed partial class NTier(Stand stand)
{
    private const string Address = "127.0.0.1";

    private readonly int _port = Stand.FreePort();

    private string Truth(string role) => stand.In($"{role}.txt");

    /// <summary>A replica under <c>s-trace run</c>, ready.</summary>
    public Task<RunningProgram> ReplicaAsync() => stand.Start(
        Product.Executable("s-trace"),
        ["run", "--host", Stand.Host, "--", Product.Executable("ntier"), "replica", "--ip", Address, "--port", $"{_port}",
            "--dir", stand.Folder, "--truth", Truth("replica")],
        new Dictionary<string, string?> { ["STRACE_SOCKET"] = stand.AgentSocket }).SaysAsync("ready");

    /// <summary>A client that has LD_PRELOAD in its environment and nothing else.</summary>
    public RunningProgram Client(int requests, int pauseMs = 0) => stand.Start(
        Product.Executable("ntier"),
        ["client", "--ip", Address, "--to", $"{Address}:{_port}", "--prefix", "f", "--requests", $"{requests}",
            "--pause-ms", $"{pauseMs}", "--truth", Truth("client")],
        new Dictionary<string, string?> { ["STRACE_SOCKET"] = stand.AgentSocket, ["LD_PRELOAD"] = Product.Executable("libwrapper.so") });

    /// <summary>How many calls client and replica say that they made for requests; they say so when they have ended.</summary>
    public int TruthCalls() =>
        new[] { "client", "replica" }.Sum(role => File.ReadLines(Truth(role)).Count(line => Call().IsMatch(line)));

    [GeneratedRegex(@" #\S+ call=\d+ ")]
    private static partial Regex Call();
}
