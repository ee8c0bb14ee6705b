using STrace.Model;

namespace STrace.Correlation.Tests;

/// <summary>What a live correlator gave, from beginning to end.</summary>
internal sealed class LiveResult
{
    private readonly Dictionary<string, CausalPath> _shown = [];

    public IReadOnlyList<UnpairedStart> Unpaired { get; set; } = [];
    public IReadOnlyList<UnplacedPacket> UnplacedPackets { get; set; } = [];
    public long LeftOver { get; set; }

    /// <summary>Paths that became final before everything had come.</summary>
    public int Early { get; private set; }

    /// <summary>Updates that broke a promise: a final path that changed, a revision that does not count on, what was withdrawn and not shown.</summary>
    public List<string> Broken { get; } = [];

    /// <summary>What a reader who follows the updates has in the end.</summary>
    public IReadOnlyList<CausalPath> Paths => [.. _shown.Values.OrderBy(p => p.StartNs).ThenBy(p => p.Id, StringComparer.Ordinal)];

    private int _before;

    public void Take(PathUpdate update)
    {
        Early = _before;
        foreach (string id in update.Withdrawn)
            if (!_shown.Remove(id, out CausalPath? path) || path.Final)
                Broken.Add($"{id} was withdrawn");
        foreach (CausalPath path in update.Changed)
        {
            if (_shown.TryGetValue(path.Id, out CausalPath? before) && (before.Final || path.Revision != before.Revision + 1))
                Broken.Add($"{path.Id} has revision {path.Revision} behind {before.Revision}, final {before.Final}");
            _shown[path.Id] = path;
        }
        _before = _shown.Values.Count(p => p.Final);
    }
}
