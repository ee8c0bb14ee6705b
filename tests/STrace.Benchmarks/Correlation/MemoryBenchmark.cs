using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>From events in memory to paths.</summary>
internal static class MemoryBenchmark
{
    private const int ChunkEvents = ShopWorkload.EventsASecond / 4; // the manager builds four times a second
    private const int WarmUpEvents = 200_000;

    public static Dictionary<string, double> Run(int events)
    {
        Warm.Up(() => Build(WarmUpEvents));
        return Build(events);
    }

    private static Dictionary<string, double> Build(int events)
    {
        var workload = new ShopWorkload();
        var building = new PathBuilding();
        var meter = new Meter();
        int paths = 0;
        for (int left = events; left > 0; left -= ChunkEvents)
        {
            List<HostEvent> chunk = workload.Next(Math.Min(left, ChunkEvents));
            paths += meter.Measure(() =>
            {
                building.Add(chunk);
                building.Pass(ShopWorkload.Hosts, workload.NowNs);
                return building.Drop();
            });
            chunk.Clear(); // a list of this size is on the large object heap, where it would keep its events past many collections
        }
        paths += meter.Measure(building.End);
        return Figures.Checked(paths, workload.RequestsDone, new()
        {
            ["processorNs"] = meter.ProcessorNs / events,
            ["wallNs"] = meter.WallNs / events,
        });
    }
}
