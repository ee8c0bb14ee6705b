using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>The built-in controller on a loop of real switches, started by Mininet.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class RingTests
{
    [NetworkFact]
    public async Task Ring_ThreeSwitches_ServersInTurnAndFlowsBackAfterASwitchWasAway()
    {
        JsonElement found = await RunAsync(3, "--servers");

        AssertLoopFree(found, hosts: 3);
        string[] calls = Texts(found, "calls");
        Assert.Equal(["9000", "9001", "9002", "9000", "9001", "9002"], calls.Select(call => call.Split(' ')[1]));
        Assert.Equal(3, calls.Count(call => call.StartsWith("h2 ", StringComparison.Ordinal)));
        Assert.Equal(["switch-gone"], Texts(found, "goneReasons"));
        string[] held = Texts(found, "held");
        Assert.Equal(held[0], held[1]);
        Assert.InRange(found.GetProperty("natFlowsRestored").GetInt32(), 2, found.GetProperty("flowsRestored").GetInt32() - 1);
    }

    [NetworkFact]
    public async Task Ring_FourSwitches_EachBroadcastComesOnce() => AssertLoopFree(await RunAsync(4), hosts: 4);

    private static async Task<JsonElement> RunAsync(int switches, params string[] options)
    {
        Finished ring = await Scenario.RunAsync("ring.py", ["--switches", $"{switches}", "--s-trace", Product.Executable("s-trace"), .. options]);
        return JsonElement.Parse(ring.Succeeded());
    }

    private static void AssertLoopFree(JsonElement found, int hosts)
    {
        Assert.Equal(2, found.GetProperty("spareLinks").GetInt32());
        Assert.Equal(["port-down"], Texts(found, "linkDownReasons"));
        Assert.Empty(Texts(found, "linkUpReasons"));
        foreach (string when in new[] { "", "linkDown", "linkUp" })
        {
            Assert.Equal(0, found.GetProperty(when is "" ? "lossPercent" : $"{when}LossPercent").GetDouble());
            int[] times = [.. found.GetProperty(when is "" ? "broadcasts" : $"{when}Broadcasts").EnumerateArray().Select(t => t.GetInt32())];
            Assert.Equal(Enumerable.Repeat(1, hosts - 1), times);
        }
    }

    private static string[] Texts(JsonElement found, string key) => [.. found.GetProperty(key).EnumerateArray().Select(e => e.GetString()!)];
}
