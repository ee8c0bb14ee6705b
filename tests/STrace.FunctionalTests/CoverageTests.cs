using System.Text.Json;
using STrace.TestKit;

namespace STrace.FunctionalTests;

/// <summary><c>doctor --coverage</c> on real commands, under the machine's own strace.</summary>
[Collection(FunctionalGroup.Name)]
[Trait("Category", "Functional")]
public sealed class CoverageTests
{
    [Fact]
    public async Task Coverage_Pipeline_MissesNothingAndRecordsWhatItsProgramsDo()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["in.txt"], "b\na\n");

        JsonElement report = await ReportAsync(0, "bash", "-c", $"cat {folder["in.txt"]} | sort > {folder["out.txt"]}");

        Assert.Equal("a\nb\n", File.ReadAllText(folder["out.txt"]));
        Assert.Equal((0, 0), (Count(report, "missed"), Count(report, "raw")));
        string[] recorded = [.. report.GetProperty("rows").EnumerateArray()
            .Where(r => r.GetProperty("class").GetString() == "recorded").Select(r => r.GetProperty("call").GetString()!)];
        Assert.Subset(recorded.ToHashSet(), new HashSet<string> { "pipe2", "clone", "execve", "wait4", "dup2", "openat", "read", "close" });
    }

    [Fact]
    public async Task Coverage_StaticProgram_IsAllRawAndNamed()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["a.c"], "#include <unistd.h>\nint main(void) { return write(2, \"raw\\n\", 4) != 4; }\n");
        (await RunningProgram.RunAsync("cc", ["-static", "-o", folder["static"], folder["a.c"]])).Succeeded();

        JsonElement report = await ReportAsync(0, folder["static"]);

        Assert.Equal((1, 1), (Count(report, "calls"), Count(report, "raw")));
        JsonElement program = Assert.Single(report.GetProperty("programs").EnumerateArray());
        Assert.Equal((folder["static"], "static"), (program.GetProperty("path").GetString(), program.GetProperty("obstacle").GetString()));
    }

    [Fact]
    public async Task Coverage_ProgramWithoutTheLibrary_IsMissedAndTold()
    {
        JsonElement report = await ReportAsync(1, "env", "-i", "/bin/cat", "/etc/hostname");

        Assert.True(Count(report, "missed") > 0);
        Assert.Contains(report.GetProperty("programs").EnumerateArray(), p =>
            p.GetProperty("path").GetString() == "/bin/cat" && p.GetProperty("obstacle").GetString() == "not-preloaded");
    }

    [Fact]
    public async Task Coverage_WithoutACommand_IsRefused() =>
        (await RunningProgram.RunAsync(Product.Executable("s-trace"), ["doctor", "--coverage"])).Refused(2, "doctor --coverage -- CMD");

    private static int Count(JsonElement report, string name) => report.GetProperty(name).GetInt32();

    private static async Task<JsonElement> ReportAsync(int status, params string[] command)
    {
        Finished run = await RunningProgram.RunAsync(Product.Executable("s-trace"), ["doctor", "-o", "json", "--coverage", "--", .. command]);
        Assert.True(run.Status == status, $"{run.Command} ended with {run.Status}: {run.Errors}{run.Output}");
        return JsonElement.Parse(run.Output);
    }
}
