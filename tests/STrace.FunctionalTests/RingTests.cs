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
        AssertDrawn(found, "goneDrawn", hosts: 3, spare: 0, portDown: 0, gone: 1);
        AssertDrawn(found, "backDrawn", hosts: 3, spare: 1, portDown: 0, gone: 0);
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
        AssertDrawn(found, "drawn", hosts, spare: 1, portDown: 0, gone: 0);
        AssertDrawn(found, "linkDownDrawn", hosts, spare: 0, portDown: 1, gone: 0);
        AssertDrawn(found, "linkUpDrawn", hosts, spare: 1, portDown: 0, gone: 0);
        Assert.All(found.GetProperty("forwarded").EnumerateArray(), s =>
        {
            Assert.True(s.GetProperty("answered").GetBoolean());
            Assert.InRange(s.GetProperty("packets").GetInt64(), 1, 1000);
            Assert.InRange(s.GetProperty("rules").GetInt32(), 1, 1000);
        });
        foreach (string when in new[] { "", "linkDown", "linkUp" })
        {
            Assert.Equal(0, found.GetProperty(when is "" ? "lossPercent" : $"{when}LossPercent").GetDouble());
            int[] times = [.. found.GetProperty(when is "" ? "broadcasts" : $"{when}Broadcasts").EnumerateArray().Select(t => t.GetInt32())];
            Assert.Equal(Enumerable.Repeat(1, hosts - 1), times);
        }
    }

    /// <summary>A ring: the switch that is gone takes two links with it.</summary>
    private static void AssertDrawn(JsonElement found, string key, int hosts, int spare, int portDown, int gone)
    {
        JsonElement drawn = found.GetProperty(key);
        Assert.Equal(
            [("up, spare", spare), ("down (port-down)", portDown), ("down (switch-gone)", 2 * gone), ("gone since", gone), ("shape=ellipse", hosts)],
            drawn.EnumerateObject().Select(lines => (lines.Name, lines.Value.GetInt32())));
    }

    private static string[] Texts(JsonElement found, string key) => [.. found.GetProperty(key).EnumerateArray().Select(e => e.GetString()!)];
}
