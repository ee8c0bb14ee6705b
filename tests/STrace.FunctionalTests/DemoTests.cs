using System.Text.Json;
using System.Xml.Linq;

namespace STrace.FunctionalTests;

/// <summary>The main job: `make demo` gives the request's path, whichever replica stands behind the NAT.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class DemoTests
{
    [NetworkFact]
    public async Task Demo_ReferenceRoute_IsInPiecesWithoutRewritesAndWholeWithThem()
    {
        using DemoRun demo = await DemoRun.RunAsync("--no-faults");
        demo.Script.Succeeded();

        Assert.InRange(demo.PathsOfRequest("before.json").Count, 2, int.MaxValue);
        JsonElement path = Assert.Single(demo.PathsOfRequest("after.json"));
        JsonElement[] rewrites = [.. path.GetProperty("rewrites").EnumerateArray()];
        Assert.All(rewrites, rewrite =>
        {
            Assert.Equal("replay", rewrite.GetProperty("source").GetString());
            Assert.StartsWith("0x", rewrite.GetProperty("cookie").GetString(), StringComparison.Ordinal);
            Assert.NotEmpty(Text(rewrite, "match"));
            Assert.NotEmpty(Text(rewrite, "actions"));
        });
        Assert.Equal(
            ["0000000000000002", "0000000000000003"],
            rewrites.Select(r => r.GetProperty("dpid").GetString()).Distinct().Order(StringComparer.Ordinal));
        foreach (string svg in new[] { "before.svg", "after.svg" })
            Assert.Equal("svg", XDocument.Load(demo.File(svg)).Root!.Name.LocalName);
        Assert.NotEmpty(File.ReadAllText(demo.File("summary.txt")));
        AssertReplayed(JsonElement.Parse(File.ReadAllBytes(demo.File("replay.json"))));
    }

    [NetworkTheory]
    [InlineData("--no-replay")]
    [InlineData("--without-rewrites")]
    public async Task Demo_RewritesNotSeenInAReplay_StaysInPieces(string option)
    {
        using DemoRun demo = await DemoRun.RunAsync(option, "--no-faults");
        demo.Script.Succeeded();

        Assert.InRange(demo.PathsOfRequest("after.json").Count, 2, int.MaxValue);
    }

    [NetworkFact]
    public async Task Demo_RulesOfAnotherController_AreFoundAndItSeesNothingOfTheRecording()
    {
        using DemoRun demo = await DemoRun.RunAsync("--upstream", "--no-faults");

        demo.Script.Succeeded();
        Assert.Contains("of S-Trace nothing", demo.Script.Errors, StringComparison.Ordinal);
        JsonElement path = Assert.Single(demo.PathsOfRequest("after.json"));
        Assert.Equal(
            ["0000000000000002", "0000000000000003"],
            path.GetProperty("rewrites").EnumerateArray().Select(r => r.GetProperty("dpid").GetString()).Distinct().Order(StringComparer.Ordinal));
        AssertReplayed(JsonElement.Parse(File.ReadAllBytes(demo.File("replay.json"))));
    }

    [NetworkFact]
    public async Task Demo_Faults_AreDrawn()
    {
        using DemoRun demo = await DemoRun.RunAsync("--no-replay");
        demo.Script.Succeeded();

        Assert.Contains("style=dotted", Dot("sleep"), StringComparison.Ordinal);
        Assert.Contains("No route to host", Dot("connect"), StringComparison.Ordinal);
        Assert.Contains("sent again", Dot("loss"), StringComparison.Ordinal);

        string Dot(string fault) => File.ReadAllText(demo.File(Path.Combine("faults", $"{fault}.dot")));
    }

    [NetworkFact]
    public async Task Demo_AnotherReplicaBehindTheNat_IsFollowed()
    {
        using DemoRun demo = await DemoRun.RunAsync("--nat", "200.200.200.200:3332=10.0.0.8:3336", "--source", "live", "--no-faults");
        demo.Script.Succeeded();

        Assert.Contains(demo.Truth, call => call.Ip == "10.0.0.8");
        Assert.DoesNotContain(demo.Truth, call => call.Ip == "10.0.0.4");
        JsonElement path = Assert.Single(demo.PathsOfRequest("after.json"));
        string?[] addresses = [.. path.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("ip").GetString())];
        Assert.Contains("10.0.0.8", addresses);
        Assert.DoesNotContain("10.0.0.4", addresses);
    }

    /// <summary>The recorded rules and frames went into real switches, and came out.</summary>
    private static void AssertReplayed(JsonElement replay)
    {
        Assert.NotEmpty(replay.GetProperty("flowMods").EnumerateArray());
        Assert.NotEmpty(replay.GetProperty("barriers").EnumerateArray());
        Assert.Empty(replay.GetProperty("errors").EnumerateArray());
        Assert.All(replay.GetProperty("injected").EnumerateArray(), port => Assert.InRange(port.GetProperty("frames").GetInt32(), 1, int.MaxValue));
        Assert.Equal(4, replay.GetProperty("flowTables").EnumerateObject().Count());
        JsonElement comparison = replay.GetProperty("comparison");
        int sent = comparison.GetProperty("sent").GetInt32();
        // What a loaded machine's switches lose is reported, and is not this test's matter.
        Assert.InRange(comparison.GetProperty("delivered").GetInt32(), sent * 0.9, sent);
        Assert.InRange(comparison.GetProperty("rewritten").GetInt32(), 1, sent);
        Assert.Equal(0, comparison.GetProperty("unexpected").GetInt32());
    }

    private static string Text(JsonElement rewrite, string key) => rewrite.GetProperty(key).ToString().Trim('[', ']', '{', '}', ' ');
}
