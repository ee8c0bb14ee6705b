using System.Diagnostics;
using System.Globalization;
using STrace.Correlation;
using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>Events a second of processor time from memory to path graphs.</summary>
internal static class CorrelatorBenchmark
{
    private const int InFlight = 64;

    /// <summary>A line: events, nanoseconds a host walk's event, nanoseconds from memory to graphs an event, paths.</summary>
    public static void Run(int events, TextWriter output)
    {
        var workload = new ShopWorkload(InFlight);
        List<HostEvent> all = workload.Next(events / ShopWorkload.CallsPerRequest);
        var input = new CorrelationInput("benchmark", new Dictionary<string, IpAddress>(), all, [], [], []);
        GC.Collect();
        TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
        var walls = Stopwatch.StartNew();
        int paths = Correlator.Graphs(input, new CorrelationOptions()).Count;
        TimeSpan used = Process.GetCurrentProcess().TotalProcessorTime - before;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{all.Count} {used.TotalNanoseconds / all.Count:f0} {walls.Elapsed.TotalNanoseconds / all.Count:f0} {paths} {GC.GetTotalMemory(false) >> 20}"));
    }
}
