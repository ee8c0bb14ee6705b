using System.Diagnostics;
using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>How long after its last event was handed in a path can be seen, provisional or final, while events come at a steady rate.</summary>
internal static class VisibilityBenchmark
{
    private const long StepNs = 1_000_000_000 / ShopWorkload.EventsASecond;
    private const long HandInNs = 1_000_000;
    private const long PassNs = 50_000_000; // as agents' watermarks come
    private const long BuildNs = 250_000_000; // as the manager builds
    private const int WarmUpSeconds = 1;

    public static Dictionary<string, double> Run(int seconds)
    {
        Warm.Up(() => Watch(WarmUpSeconds));
        List<double> latencies = Watch(seconds);
        latencies.Sort();
        return new()
        {
            ["paths"] = latencies.Count,
            ["p50Ms"] = latencies[latencies.Count / 2] / 1e6,
            ["p99Ms"] = latencies[latencies.Count * 99 / 100] / 1e6,
            ["maxMs"] = latencies[^1] / 1e6,
        };
    }

    /// <summary>
    /// Of each path the ns from its last event's stamp to when it is built with that event. The stamp says when the event is due: what
    /// is handed in late, because a building takes long, counts from there.
    /// </summary>
    private static List<double> Watch(int seconds)
    {
        var workload = new ShopWorkload(startNs: 0);
        var building = new PathBuilding();
        var seen = new Dictionary<string, (long LastNs, double Latency)>();
        long startedAt = Stopwatch.GetTimestamp(), passNs = PassNs, buildNs = BuildNs;
        while (NowNs() is var nowNs && nowNs < seconds * 1_000_000_000L)
        {
            building.Add(workload.Next((int)((nowNs - workload.NowNs) / StepNs)));
            if (nowNs >= passNs)
            {
                building.Pass(ShopWorkload.Hosts, workload.NowNs);
                passNs = nowNs + PassNs;
            }
            if (nowNs >= buildNs)
            {
                See(building.Build());
                buildNs = nowNs + BuildNs;
            }
            Thread.Sleep(TimeSpan.FromMicroseconds(Math.Max(0, (nowNs + HandInNs - NowNs()) / 1000)));
        }
        building.Pass(ShopWorkload.Hosts, workload.NowNs);
        See(building.Build());
        return [.. seen.Values.Select(path => path.Latency)];

        long NowNs() => (long)Stopwatch.GetElapsedTime(startedAt).TotalNanoseconds;

        void See(IReadOnlyList<CausalPath> paths)
        {
            long atNs = NowNs();
            foreach (CausalPath path in paths)
            {
                long lastNs = path.Events.Max(call => call.Event.EffectNs);
                if (!seen.TryGetValue(path.Id, out var known) || known.LastNs < lastNs)
                    seen[path.Id] = (lastNs, atNs - lastNs);
            }
        }
    }
}
