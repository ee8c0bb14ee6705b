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
        using DemoRun demo = await DemoRun.RunAsync();
        demo.Script.Succeeded();

        Assert.InRange(demo.PathsOfRequest("before.json").Count, 2, int.MaxValue);
        JsonElement path = Assert.Single(demo.PathsOfRequest("after.json"));
        JsonElement[] rewrites = [.. path.GetProperty("rewrites").EnumerateArray()];
        Assert.All(rewrites, rewrite =>
        {
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
    }

    [NetworkFact]
    public async Task Demo_AnotherReplicaBehindTheNat_IsFollowed()
    {
        using DemoRun demo = await DemoRun.RunAsync("--nat", "200.200.200.200:3332=10.0.0.8:3336");
        demo.Script.Succeeded();

        Assert.Contains(demo.Truth, call => call.Ip == "10.0.0.8");
        Assert.DoesNotContain(demo.Truth, call => call.Ip == "10.0.0.4");
        JsonElement path = Assert.Single(demo.PathsOfRequest("after.json"));
        string?[] addresses = [.. path.GetProperty("events").EnumerateArray().Select(e => e.GetProperty("ip").GetString())];
        Assert.Contains("10.0.0.8", addresses);
        Assert.DoesNotContain("10.0.0.4", addresses);
    }

    private static string Text(JsonElement rewrite, string key) => rewrite.GetProperty(key).ToString().Trim('[', ']', '{', '}', ' ');
}
