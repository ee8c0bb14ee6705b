using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>Bytes that an event takes while its path is not final, with what belongs to it: here because one host is late.</summary>
internal static class LiveEventBenchmark
{
    private const int ChunkEvents = ShopWorkload.EventsASecond / 4;
    private const string LateHost = "db";

    public static Dictionary<string, double> Run(int events)
    {
        string[] others = [.. ShopWorkload.Hosts.Where(host => host != LateHost)];
        var workload = new ShopWorkload();
        var building = new PathBuilding();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int left = events; left > 0; left -= ChunkEvents)
        {
            building.Add(workload.Next(Math.Min(left, ChunkEvents)));
            building.Pass(others, workload.NowNs);
            building.Drop();
        }
        double bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        return new() { ["live"] = building.LiveEvents, ["bytes"] = bytes / building.LiveEvents };
    }
}
