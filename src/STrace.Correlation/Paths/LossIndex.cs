using System.Runtime.InteropServices;
using STrace.Model;

namespace STrace.Correlation;

/// <summary>Finds the losses of a thread by sequence number.</summary>
internal sealed class LossIndex
{
    private readonly Dictionary<(string, ulong, int), List<EventLoss>> _byThread = [];

    public void Add(EventLoss loss)
    {
        ref List<EventLoss>? losses = ref CollectionsMarshal.GetValueRefOrAddDefault(_byThread, (loss.Host, loss.Ring, loss.Tid), out _);
        losses ??= [];
        int at = losses.Count;
        while (at > 0 && losses[at - 1].FirstSequence > loss.FirstSequence)
            at--;
        losses.Insert(at, loss);
    }

    /// <summary>What was lost between two calls of a thread, directly before the first or directly behind the second.</summary>
    public IEnumerable<EventLoss> Around(HostEvent first, HostEvent last)
    {
        if (!_byThread.TryGetValue((first.Host, first.Ring, first.Tid), out List<EventLoss>? ofThread))
            yield break;
        int low = 0, high = ofThread.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (ofThread[middle].LastSequence + 1L >= first.Sequence)
                high = middle;
            else
                low = middle + 1;
        }
        // What is told long after the last call was lost long after it, too, as far as anyone knows.
        for (int i = low; i < ofThread.Count && ofThread[i].FirstSequence <= last.Sequence + 1L; i++)
            if (ofThread[i].FirstSequence < last.Sequence || ofThread[i].TimeNs <= last.EffectNs + Request.GraceNs)
                yield return ofThread[i];
    }
}
