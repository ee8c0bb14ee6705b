using System.Globalization;
using System.Text.Json;
using STrace.Benchmarks;

const string Usage = """
    usage: STrace.Benchmarks drainer ROUNDS
           STrace.Benchmarks memory|store|live|original EVENTS
           STrace.Benchmarks visibility SECONDS
           STrace.Benchmarks settings

    Prints what tests/bench/*.py make their rows of.
    """;

if (args is ["settings"])
    return Print(GC.GetConfigurationVariables());
if (args is not [var name, var number] || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1)
    return Refuse();
if (name == "drainer")
{
    using var drainer = new DrainerBenchmark();
    drainer.Run(count, Console.Out);
    return 0;
}
Func<int, Dictionary<string, double>>? run = name switch
{
    "memory" => MemoryBenchmark.Run,
    "store" => StoreBenchmark.Run,
    "live" => LiveEventBenchmark.Run,
    "original" => OriginalBenchmark.Run,
    "visibility" => VisibilityBenchmark.Run,
    _ => null,
};
return run is null ? Refuse() : Print(run(count));

static int Refuse()
{
    Console.Error.WriteLine(Usage);
    return 2;
}

static int Print<T>(T figures)
{
    Console.WriteLine(JsonSerializer.Serialize(figures));
    return 0;
}
