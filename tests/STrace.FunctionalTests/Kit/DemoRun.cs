using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace STrace.FunctionalTests;

/// <summary>A call of the demonstration's request, as the application itself tells it; times in ns since the epoch.</summary>
internal sealed record TruthCall(string Ip, int Tid, long EnterNs, long ExitNs);

/// <summary>One run of the demonstration and the files it left.</summary>
internal sealed partial class DemoRun : IDisposable
{
    // Application and libwrapper read the clock one after the other.
    private const long SlackNs = 2_000_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("st-demo-");

    private DemoRun()
    {
    }

    public Finished Script { get; private set; } = null!;

    public IReadOnlyList<TruthCall> Truth { get; private set; } = [];

    public static async Task<DemoRun> RunAsync(params string[] arguments)
    {
        var run = new DemoRun();
        run.Script = await Scenario.RunAsync("demo.py", ["--bin", Product.Bin, "--out", run._folder.FullName, .. arguments]);
        if (run.Script.Status == 0)
            run.Truth = [.. System.IO.File.ReadLines(run.File("truth.txt")).Select(Parse)];
        return run;
    }

    public string File(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>
    /// The paths of an exported file that hold calls of the request, and of its threads alone: a pool's thread may have worked for another
    /// request a moment before, within the slack, but that one had a client of its own.
    /// </summary>
    public IReadOnlyList<JsonElement> PathsOfRequest(string file)
    {
        JsonElement root = JsonElement.Parse(System.IO.File.ReadAllBytes(File(file)));
        return [.. root.GetProperty("paths").EnumerateArray().Where(path =>
        {
            JsonElement[] events = [.. path.GetProperty("events").EnumerateArray()];
            return events.All(IsOfItsThreads) && events.Any(IsOfRequest);
        })];
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private bool IsOfItsThreads(JsonElement e) =>
        Truth.Any(c => c.Ip == e.GetProperty("ip").GetString() && c.Tid == e.GetProperty("tid").GetInt32());

    private bool IsOfRequest(JsonElement e)
    {
        string? ip = e.GetProperty("ip").GetString();
        int tid = e.GetProperty("tid").GetInt32();
        long enter = long.Parse(e.GetProperty("enterNs").GetString()!, CultureInfo.InvariantCulture);
        return Truth.Any(c => c.Ip == ip && c.Tid == tid && enter >= c.EnterNs - SlackNs && enter <= c.ExitNs + SlackNs);
    }

    private static TruthCall Parse(string line)
    {
        Match call = Call().Match(line);
        Assert.True(call.Success, $"not a line of the truth: {line}");
        return new TruthCall(
            call.Groups["ip"].Value, int.Parse(call.Groups["tid"].ValueSpan, CultureInfo.InvariantCulture), Ns("enter"), Ns("exit"));

        long Ns(string group) => long.Parse(call.Groups[group].Value.Replace(".", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
    }

    // (sec.nsec) (ip) [LWP/PID] - function #request call=K exit=sec.nsec parent=ip/LWP/K
    [GeneratedRegex(@"^\((?<enter>\d+\.\d{9})\) \((?<ip>[\d.]+)\) \[(?<tid>\d+)/\d+\] - .* #\S+ call=\d+ exit=(?<exit>\d+\.\d{9})")]
    private static partial Regex Call();
}
