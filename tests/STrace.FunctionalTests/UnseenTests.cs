using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>What is not recorded is told: of a host while it runs, and of a session afterwards.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class UnseenTests
{
    private const string Server = """
        #include <arpa/inet.h>
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
            struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
            socklen_t length = sizeof at;
            int listening = socket(AF_INET, SOCK_STREAM, 0);
            if (bind(listening, (struct sockaddr *)&at, length) < 0 || listen(listening, 9) < 0)
                return 1;
            getsockname(listening, (struct sockaddr *)&at, &length);
            FILE *told = fopen("PORT", "w");
            fprintf(told, "%d\n", ntohs(at.sin_port));
            fclose(told);
            puts("ready");
            fflush(stdout);
            for (;;) {
                int fd = accept(listening, 0, 0);
                if (write(fd, "hello", 5) < 0)
                    return 1;
                close(fd);
            }
        }
        """;

    private const string Client =
        "import socket,sys; s=socket.create_connection(('127.0.0.1',int(sys.argv[1]))); assert s.recv(9)==b'hello'; s.close()";

    [Fact]
    public async Task StaticServer_HoldingASocket_IsListedAndExplained()
    {
        await using Stand stand = await Stand.RunningAsync();
        var (server, port) = await StaticServerAsync(stand);
        await Stand.UntilAsync(
            async () => (await stand.JsonAsync("hosts", Stand.Host)).EnumerateArray().Any(p => p.GetProperty("program").GetString() == "static-server"),
            "the server is not listed");
        (await stand.STraceAsync("session", "start", "one")).Succeeded();
        await ConnectAsync(stand, port);
        (await stand.STraceAsync("session", "stop")).Succeeded();

        JsonElement listed = Assert.Single(
            (await stand.JsonAsync("hosts", Stand.Host)).EnumerateArray(), p => p.GetProperty("program").GetString() == "static-server");
        Assert.Equal("static", listed.GetProperty("obstacle").GetString());
        Assert.Equal($"tcp 127.0.0.1:{port}", Assert.Single(listed.GetProperty("listens").EnumerateArray()).GetString());
        JsonElement host = Assert.Single((await stand.JsonAsync("hosts")).EnumerateArray());
        Assert.True(host.GetProperty("notInterposed").GetInt32() > 0);
        Assert.NotEqual(JsonValueKind.Null, host.GetProperty("agent").ValueKind);

        string[] findings = await FindingsAsync(stand, "one", "--address", $"127.0.0.1:{port}");
        Assert.Contains(findings, f => f.Contains($"static-server[{listed.GetProperty("pid").GetInt32()}]", StringComparison.Ordinal) &&
            f.Contains("was not recorded: it is a static executable", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Contains($"made at {Stand.Host} to 127.0.0.1:{port} without a counterpart: static-server", StringComparison.Ordinal));
        Assert.True(server.Running);
    }

    [Fact]
    public async Task Explain_KilledAgent_SaysThatItWasNotConnected()
    {
        await using var stand = new Stand();
        await stand.ManagerAsync();
        RunningProgram agent = await stand.AgentAsync();
        await stand.AgentConnectedAsync();
        (await stand.STraceAsync("session", "start", "one")).Succeeded();
        agent.Signal(RunningProgram.SigKill);
        await agent.EndedAsync();
        await Stand.UntilAsync(
            async () => (await stand.JsonAsync("hosts")).EnumerateArray().All(h => !h.GetProperty("connected").GetBoolean()), "the agent is not missed");
        (await stand.STraceAsync("session", "stop")).Succeeded();

        Assert.Contains(await FindingsAsync(stand, "one"), f => f.StartsWith($"the agent of {Stand.Host} was not connected from", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SecondAgent_OfTheSameHost_SaysWhyItIsNotTaken()
    {
        await using Stand stand = await Stand.RunningAsync();
        RunningProgram second = stand.Start(
            Product.Executable("s-trace"),
            ["agent", "--host", Stand.Host, "--manager", stand.AgentsAddress, "--socket", stand.In("second.sock"), "--interface", "none",
                "--spool", stand.In("second-spool")]);

        await second.LogsAsync($"another agent of host {Stand.Host}");

        (await stand.STraceAsync("session", "start", "one")).Succeeded(); // with the first
        (await stand.STraceAsync("session", "stop")).Succeeded();
    }

    private static async Task<string[]> FindingsAsync(Stand stand, string session, params string[] question) =>
        [.. (await stand.JsonAsync(["paths", "explain", "--session", session, .. question])).GetProperty("findings").EnumerateArray()
            .Select(f => f.GetProperty("finding").GetString()!)];

    private static async Task<(RunningProgram Server, int Port)> StaticServerAsync(Stand stand)
    {
        File.WriteAllText(stand.In("server.c"), Server.Replace("PORT", stand.In("port"), StringComparison.Ordinal));
        (await RunningProgram.RunAsync("cc", ["-static", "-o", stand.In("static-server"), stand.In("server.c")])).Succeeded();
        RunningProgram server = await stand.Start(stand.In("static-server"), []).SaysAsync("ready");
        return (server, int.Parse(File.ReadAllText(stand.In("port"))));
    }

    private static async Task ConnectAsync(Stand stand, int port) => (await RunningProgram.RunAsync(
        "/usr/bin/python3", ["-c", Client, $"{port}"],
        new Dictionary<string, string?> { ["LD_PRELOAD"] = Product.Executable("libwrapper.so"), ["STRACE_SOCKET"] = stand.AgentSocket })).Succeeded();
}
