using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>The reference application's own account against the paths built (section 6.2.1 of the dissertation, table 6.1).</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class EvaluationTests
{
    [NetworkFact]
    public async Task NTier_ShortRuns_GiveExactPathsAndTheMechanismsThatItUsed()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("st-eval-");
        try
        {
            (await Scenario.RunAsync("eval_ntier.py", "--short", "--bin", Product.Bin, "--out", folder.FullName)).Succeeded();
            JsonElement report = JsonElement.Parse(File.ReadAllBytes(Path.Combine(folder.FullName, "ntier.json")));
            JsonElement[] runs = [.. report.GetProperty("runs").EnumerateArray()];

            JsonElement alone = Assert.Single(runs, r => r.GetProperty("inFlight").GetInt32() == 1);
            Assert.Equal(Count(alone, "requests"), Count(alone, "exactPaths"));
            JsonElement[] many = [.. runs.Where(r => r.GetProperty("inFlight").GetInt32() == 16)];
            Assert.Equal(["live", "replay"], many.Select(r => r.GetProperty("rewrites").GetString()).Order(StringComparer.Ordinal));
            Assert.All(many, run => Assert.InRange(Count(run, "exactPaths"), Count(run, "requests") * 0.99, Count(run, "requests")));
            JsonElement packets = many.Single(r => r.GetProperty("rewrites").GetString() == "replay").GetProperty("packets");
            Assert.InRange(Count(packets, "placed"), 1, int.MaxValue);
            Assert.Equal(0, Count(packets, "unplaced"));
            Assert.All(runs, run => Assert.True(JsonElement.DeepEquals(run.GetProperty("ipcTruth"), run.GetProperty("ipc")), run.ToString()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    //  Real servers, one of each kind: a path is exact, or says itself that it is not decided; most are exact where the stack fixes the answer.
    [NetworkFact]
    public async Task Servers_ShortRuns_GiveExactPathsOrSayThatTheyAreNotDecided()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("st-servers-");
        try
        {
            (await Scenario.RunAsync("eval_servers.py", "--short", "--bin", Product.Bin, "--out", folder.FullName)).Succeeded();
            JsonElement report = JsonElement.Parse(File.ReadAllBytes(Path.Combine(folder.FullName, "servers.json")));
            JsonElement[] runs = [.. report.GetProperty("runs").EnumerateArray()];

            Assert.InRange(runs.Select(r => r.GetProperty("stack").GetString()).Distinct().Count(), 10, int.MaxValue);
            Assert.All(runs, run => Assert.Equal(0, Count(run, "wrongClaimed")));
            Assert.All(runs, run => Assert.True(Count(run, "incomplete") + Count(run, "missing") == 0, run.ToString()));
            Assert.All(
                runs.Where(r => !r.GetProperty("stack").GetString()!.StartsWith("haproxy", StringComparison.Ordinal)),
                run => Assert.True(Count(run, "exact") >= Count(run, "requests") * 0.75, run.ToString()));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int Count(JsonElement run, string key) => run.GetProperty(key).GetInt32();
}
