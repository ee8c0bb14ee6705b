using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The links between switches from the controller's LLDP frames, and what ports said of themselves.</summary>
internal sealed class LinkHistory
{
    private readonly List<NetworkLink> _ended = [];
    private readonly Dictionary<NetworkPort, NetworkLink> _standing = [];
    private readonly HashSet<NetworkPort> _down = [];

    /// <summary>Since when a link can have stood at a port, where that is not since before the session.</summary>
    private readonly Dictionary<NetworkPort, long> _freeNs = [];

    /// <summary>One a direction, by time.</summary>
    public IReadOnlyList<NetworkLink> All => [.. _ended.Concat(_standing.Values).OrderBy(link => link.SinceNs)];

    /// <summary>Whether a link has an end here now.</summary>
    public bool IsLinkPort(NetworkPort port) => _standing.ContainsKey(port);

    /// <summary>An LLDP frame came in: its link stands, and did since both its ports came up.</summary>
    public void Seen(NetworkPort from, NetworkPort to, long timeNs)
    {
        if (_standing.TryGetValue(from, out var known) && known.To == to)
            return;
        if (known is not null)
            End(known, timeNs);
        _standing[from] = new NetworkLink(from, to, Math.Max(_freeNs.GetValueOrDefault(from), _freeNs.GetValueOrDefault(to)), null);
    }

    /// <summary>A port came, went or changed.</summary>
    public void Apply(NetworkPort port, PortStatusMessage status, long timeNs)
    {
        if (status.IsLoss())
        {
            _down.Add(port);
            foreach (var link in _standing.Values.Where(link => link.From == port || link.To == port).ToList())
                End(link, timeNs);
        }
        else if (_down.Remove(port) || status.Reason == PortStatusReason.Add)
            _freeNs[port] = timeNs;
    }

    private void End(NetworkLink link, long timeNs)
    {
        _standing.Remove(link.From);
        _freeNs[link.From] = timeNs;
        _ended.Add(link with { UntilNs = timeNs });
    }
}
