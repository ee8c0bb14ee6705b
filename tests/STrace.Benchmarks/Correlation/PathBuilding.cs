using STrace.Correlation;
using STrace.Model;

namespace STrace.Benchmarks;

/// <summary>What the benchmarks ask of the correlator, in one place.</summary>
internal sealed class PathBuilding
{
    private const int SliceEvents = 100_000; // as Correlator.Build has them

    private readonly LiveCorrelator _correlator = new(new CorrelationOptions());
    private int _dropped;

    /// <summary>Events that are held because their path is not final.</summary>
    public long LiveEvents => _correlator.LiveEvents;

    public void Add(List<HostEvent> events)
    {
        foreach (HostEvent call in events)
            _correlator.Add(call);
    }

    /// <summary>Of these hosts nothing that took effect until the time is to come.</summary>
    public void Pass(IReadOnlyList<string> hosts, long untilNs)
    {
        foreach (string host in hosts)
            _correlator.Pass(host, untilNs);
    }

    /// <summary>Closes the paths that are final, and does not put them into words.</summary>
    /// <returns>How many.</returns>
    public int Drop() => Dropped(() => _correlator.Build(provisional: false));

    /// <summary>Closes all paths: nothing is to come.</summary>
    public int End() => Dropped(_correlator.End);

    /// <summary>The paths that are new or have changed since the last call, in words.</summary>
    public IReadOnlyList<CausalPath> Build() => _correlator.Build().Changed;

    /// <summary>All paths of events that are there as a whole, in any order, not in words.</summary>
    public static int Count(List<HostEvent> events)
    {
        var building = new PathBuilding();
        building.Add(events);
        long firstNs = events.Min(call => call.EffectNs), lastNs = events.Max(call => call.EffectNs);
        int paths = 0, slices = events.Count / SliceEvents;
        for (int slice = 1; slice < slices; slice++)
        {
            building.Pass(ShopWorkload.Hosts, firstNs + (lastNs - firstNs) / slices * slice);
            paths += building.Drop();
        }
        return paths + building.End();
    }

    private int Dropped(Func<PathUpdate> close)
    {
        _dropped = 0;
        _correlator.Graphs = _ => _dropped++;
        close();
        _correlator.Graphs = null;
        return _dropped;
    }
}
