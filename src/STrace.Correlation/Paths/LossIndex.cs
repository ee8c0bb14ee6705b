using STrace.Model;

namespace STrace.Correlation;

/// <summary>Finds the losses of a thread by sequence number.</summary>
internal sealed class LossIndex(IEnumerable<EventLoss> losses)
{
    private readonly Dictionary<(string, ulong, int), EventLoss[]> _byThread = losses
        .GroupBy(l => (l.Host, l.Ring, l.Tid))
        .ToDictionary(g => g.Key, g => g.OrderBy(l => l.FirstSequence).ToArray());

    /// <summary>What was lost between two calls of a thread, directly before the first or directly behind the second.</summary>
    public IEnumerable<EventLoss> Around(HostEvent first, HostEvent last)
    {
        if (!_byThread.TryGetValue((first.Host, first.Ring, first.Tid), out EventLoss[]? ofThread))
            yield break;
        int low = 0, high = ofThread.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ofThread[middle].LastSequence + 1L >= first.Sequence)
                high = middle;
            else
                low = middle + 1;
        }
        for (int i = low; i < ofThread.Length && ofThread[i].FirstSequence <= last.Sequence + 1L; i++)
            yield return ofThread[i];
    }
}
