using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Estimates how far the clocks of hosts are apart from what went between them, so that nothing comes before it was sent. Takes
/// observations in any order and number: of each pair of hosts it keeps the least delays alone. Pure; for one thread.
/// </summary>
public sealed class ClockEstimator
{
    /// <summary>The manager's clock is one among the others; no host has this name.</summary>
    internal const string Manager = "";

    private readonly Dictionary<(string First, string Second), ClockPair> _pairs = [];

    /// <summary>What goes from one host to another; the same link for the same hosts.</summary>
    public ClockLink Link(string sender, string receiver)
    {
        bool ordered = string.CompareOrdinal(sender, receiver) < 0;
        (string, string) key = ordered ? (sender, receiver) : (receiver, sender);
        if (!_pairs.TryGetValue(key, out ClockPair? pair))
            _pairs[key] = pair = new ClockPair(key.Item1, key.Item2);
        return new ClockLink(ordered ? pair.Forward : pair.Backward, byReceiver: !ordered);
    }

    /// <summary>The question went from the manager to the host and the answer back, in which they are like any message.</summary>
    public void Add(ClockReading reading)
    {
        Link(Manager, reading.Host).Add(reading.SentNs, reading.HostNs);
        Link(reading.Host, Manager).Add(reading.HostNs, reading.ReceivedNs);
    }

    /// <summary>
    /// The offsets of all hosts that were observed, by name. The reference is the manager's clock if there are readings, since it stamped
    /// the control messages; else the host with the most observations, of equal ones the first by name. A host whose times need no
    /// correction gets none.
    /// </summary>
    public IReadOnlyList<ClockOffset> Estimate()
    {
        ClockPair[] pairs = [.. _pairs.Values
            .Where(p => p.Count > 0 && p.First != p.Second)
            .OrderBy(p => p.First, StringComparer.Ordinal).ThenBy(p => p.Second, StringComparer.Ordinal)];
        return pairs.Length == 0 ? [] : new ClockTimeline(new ClockNetwork(pairs)).Offsets();
    }
}
