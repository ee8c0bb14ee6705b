using STrace.Model;
using STrace.Original;

namespace STrace.Benchmarks;

/// <summary>
/// The dissertation's algorithm, going through its lists, and ours on the same events. A connection a request: the original's unit is
/// the connection.
/// </summary>
internal static class OriginalBenchmark
{
    private const int WarmUpEvents = 4_000;

    public static Dictionary<string, double> Run(int events)
    {
        Warm.Up(() => Build(WarmUpEvents));
        return Build(events);
    }

    private static Dictionary<string, double> Build(int events)
    {
        var workload = new ShopWorkload(requestsPerConnection: 1);
        List<HostEvent> calls = workload.Next(events);
        var ours = new Meter();
        int paths = ours.Measure(() => PathBuilding.Count(calls));
        var original = new Meter();
        original.Measure(() => new OriginalCorrelator(scansLists: true).Build(calls));
        return Figures.Checked(paths, workload.RequestsDone, new()
        {
            ["processorNs"] = ours.ProcessorNs / events,
            ["originalNs"] = original.ProcessorNs / events,
        });
    }
}
