using System.Text.Json;

namespace STrace.FunctionalTests;

/// <summary>The correlator's benchmark in its short form: what it tells, not how fast this machine is.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class BenchmarkTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(8);
    private static readonly string[] Fields = ["case", "metric", "unit", "ours", "peer", "peerName", "ratio", "noise", "runs", "goal", "met"];

    [Fact]
    public async Task Correlator_ShortRun_WritesAFigureForEachBar()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("st-bench-");
        try
        {
            // -o: the executables are there already.
            string[] arguments = ["--silent", "-o", "managed", "bench-correlator", "SHORT=1", $"OUT={folder.FullName}"];
            (await RunningProgram.RunAsync("/usr/bin/make", arguments, patience: Patience)).Succeeded();
            JsonElement report = JsonElement.Parse(File.ReadAllBytes(Path.Combine(folder.FullName, "bench", "correlator.json")));
            JsonElement[] rows = [.. report.GetProperty("rows").EnumerateArray()];

            Assert.All(rows, row => Assert.Equal(Fields, row.EnumerateObject().Select(field => field.Name)));
            Assert.All(rows, row => Assert.True(row.GetProperty("ours").GetDouble() > 0, row.ToString()));
            Assert.Equal([3.0, 3.0, 1.25, 1.0, 1000.0], rows.Select(row => row.GetProperty("goal")).Where(g => g.ValueKind == JsonValueKind.Number).Select(g => g.GetDouble()));
            Assert.Contains(rows, row => row.GetProperty("unit").GetString() == "bytes");
            Assert.Contains(rows, row => row.GetProperty("peerName").GetString()?.StartsWith("the original", StringComparison.Ordinal) == true);
            Assert.False(report.GetProperty("settings").GetProperty("ServerGC").GetBoolean());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
