using STrace.AgentProtocol;
using STrace.Model;
using STrace.Storage;

namespace STrace.Benchmarks;

/// <summary>From the blocks that agents ship through the session store to paths.</summary>
internal static class StoreBenchmark
{
    private const string Session = "benchmark";
    private const int WarmUpEvents = 100_000;

    public static Dictionary<string, double> Run(int events)
    {
        Warm.Up(() => Pass(WarmUpEvents));
        return Pass(events);
    }

    private static Dictionary<string, double> Pass(int events)
    {
        var workload = new ShopWorkload();
        IReadOnlyList<(BlockHeader, byte[])> blocks = Ship(workload.Next(events));
        GC.Collect(); // what the blocks were made of is the agents'
        DirectoryInfo folder = Directory.CreateTempSubdirectory("s-trace-bench-");
        try
        {
            var store = new SqliteSessionStore(folder.FullName);
            var write = new Meter();
            write.Measure(() => Write(store, blocks));
            var read = new Meter();
            List<HostEvent> stored = read.Measure(() => Read(store));
            if (stored.Count != events)
                throw new InvalidOperationException($"{stored.Count} events of {events} came back");
            var build = new Meter();
            int paths = build.Measure(() => PathBuilding.Count(stored));
            return Figures.Checked(paths, workload.RequestsDone, new()
            {
                ["writeNs"] = write.ProcessorNs / events,
                ["readNs"] = read.ProcessorNs / events,
                ["buildNs"] = build.ProcessorNs / events,
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>All hosts' blocks, in the order of time as they reach the manager.</summary>
    private static List<(BlockHeader Header, byte[] Payload)> Ship(List<HostEvent> events)
    {
        Dictionary<string, AgentBlocks> agents = ShopWorkload.Hosts.ToDictionary(host => host, host => new AgentBlocks(host));
        foreach (HostEvent call in events)
            agents[call.Host].Add(call);
        return [.. agents.Values.SelectMany(agent => agent.End()).OrderBy(block => block.Header.LastNs)];
    }

    private static bool Write(SqliteSessionStore store, IReadOnlyList<(BlockHeader Header, byte[] Payload)> blocks)
    {
        store.Create(Session, startNs: 0);
        using ISessionWriter writer = store.OpenWriter(Session);
        foreach ((BlockHeader header, byte[] payload) in blocks)
            writer.Append(header, payload);
        writer.Close(stopNs: 1);
        return true;
    }

    private static List<HostEvent> Read(SqliteSessionStore store)
    {
        var readers = new Dictionary<string, HostEventReader>();
        foreach (Block block in store.Open(Session).ReadBlocks(BlockKind.Events))
        {
            if (!readers.TryGetValue(block.Header.Source, out HostEventReader? reader))
                readers[block.Header.Source] = reader = new HostEventReader(block.Header.Source, block.Header.Agent);
            reader.Add(block.Payload);
        }
        IReadOnlyList<HostEvent>[] parts = [.. readers.Values.Select(reader => reader.Read().Events)];
        var events = new List<HostEvent>(parts.Sum(part => part.Count));
        foreach (IReadOnlyList<HostEvent> part in parts)
            events.AddRange(part);
        return events;
    }
}
