using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>For whom the learning switch has rules on one switch, source and destination, for when it connects again. Thread-safe.</summary>
internal sealed class RuleMemory
{
    // More come back with their packets.
    private const int Most = 4096;

    private readonly Lock _gate = new();
    private readonly HashSet<(MacAddress Source, MacAddress Destination)> _pairs = [];

    public void Add(MacAddress source, MacAddress destination)
    {
        lock (_gate)
        {
            if (_pairs.Count < Most)
                _pairs.Add((source, destination));
        }
    }

    public void Remove(MacAddress source, MacAddress destination)
    {
        lock (_gate)
            _pairs.Remove((source, destination));
    }

    /// <summary>The rules from and to a host.</summary>
    public void Remove(MacAddress host)
    {
        lock (_gate)
            _pairs.RemoveWhere(pair => pair.Source == host || pair.Destination == host);
    }

    public void Clear()
    {
        lock (_gate)
            _pairs.Clear();
    }

    public IReadOnlyList<(MacAddress Source, MacAddress Destination)> TakeAll()
    {
        lock (_gate)
        {
            (MacAddress, MacAddress)[] all = [.. _pairs];
            _pairs.Clear();
            return all;
        }
    }
}
