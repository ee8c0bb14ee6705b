using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>A program that starts while its agent gets no processor is recorded afterwards, and what is missing of it is told.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class LateAgentTests
{
    private const int SigStop = 19;
    private const int SigCont = 18;

    // Its first line comes when the loader is done with libwrapper, which by then has waited for the agent in vain.
    private const string Program = """
        import os, time
        print("ready", flush=True)
        while True:
            os.close(os.open("/etc/hostname", os.O_RDONLY))
            time.sleep(0.01)
        """;

    [Fact]
    public async Task Program_StartedWhileTheAgentStandsStill_IsRecordedLaterAndCounted()
    {
        await using var stand = new Stand();
        await stand.ManagerAsync();
        RunningProgram agent = await stand.AgentAsync();
        await stand.AgentConnectedAsync();
        agent.Signal(SigStop);
        await stand.Start(
            "/usr/bin/python3", ["-c", Program],
            new Dictionary<string, string?> { ["LD_PRELOAD"] = Product.Executable("libwrapper.so"), ["STRACE_SOCKET"] = stand.AgentSocket })
            .SaysAsync("ready");
        agent.Signal(SigCont);

        (await stand.STraceAsync("session", "start", "one")).Succeeded();
        await Stand.UntilAsync(
            async () => (await stand.JsonAsync("session", "list")).EnumerateArray().Single().GetProperty("events").GetInt64() > 0,
            "its calls are not recorded");
        (await stand.STraceAsync("session", "stop")).Succeeded();

        await Stand.UntilAsync(async () => Losses(await stand.JsonAsync("hosts")) > 0, "that it gave up waiting is not told");
    }

    private static long Losses(JsonElement hosts) => Assert.Single(hosts.EnumerateArray()).GetProperty("agent").GetProperty("losses").EnumerateArray()
        .Single(loss => loss.GetProperty("reason").GetString() == "programs that gave up waiting for the agent").GetProperty("total").GetInt64();
}
