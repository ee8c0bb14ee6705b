using STrace.Model;

namespace STrace.Correlation;

/// <summary>What a switch's rules with one match do to a flow: the same rule may have been installed again and again.</summary>
internal sealed class RewriteAction
{
    private readonly RewriteRule[] _byTime;
    private readonly long[] _lastRemovedNs;

    public RewriteAction(IEnumerable<RewriteRule> same)
    {
        _byTime = [.. same.OrderBy(r => r.InstalledNs).ThenBy(r => r.Source).ThenBy(r => r.Priority).ThenBy(r => r.Cookie)
            .ThenBy(r => r.RemovedNs ?? long.MaxValue).ThenBy(r => r.ReplayId, StringComparer.Ordinal)];
        _lastRemovedNs = new long[_byTime.Length];
        long last = long.MinValue;
        for (int i = 0; i < _byTime.Length; i++)
            _lastRemovedNs[i] = last = Math.Max(last, _byTime[i].RemovedNs ?? long.MaxValue);
    }

    public ulong Dpid => _byTime[0].Dpid;

    public FlowTuple Apply(FlowTuple flow) => _byTime[0].Apply(flow);

    /// <summary>The rule installed last among those in force at some time of the interval; null when none was.</summary>
    public RewriteRule? InForce(long fromNs, long untilNs)
    {
        int low = 0, high = _byTime.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_byTime[middle].InstalledNs <= untilNs)
                low = middle + 1;
            else
                high = middle;
        }
        for (int i = low - 1; i >= 0 && _lastRemovedNs[i] >= fromNs; i--)
            if ((_byTime[i].RemovedNs ?? long.MaxValue) >= fromNs)
                return _byTime[i];
        return null;
    }
}
