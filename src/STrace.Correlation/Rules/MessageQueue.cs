using STrace.Model;

namespace STrace.Correlation;

/// <summary>A queue played back: what was sent and not yet taken.</summary>
internal sealed class MessageQueue
{
    private readonly SortedDictionary<long, LinkedList<(Step Send, long Position)>> _byType = [];
    private long _position;

    /// <summary>A message was taken that nobody was seen to send, so nobody need wait for what others send.</summary>
    public bool HasUnseenSender { get; set; }

    public void Send(Step send, long type)
    {
        if (!_byType.TryGetValue(type, out var messages))
            _byType[type] = messages = new();
        messages.AddLast((send, _position++));
    }

    /// <summary>The oldest message that fits; null when there is none.</summary>
    /// <param name="wanted">As in msgrcv(2): 0 any, above 0 that type, below 0 the lowest up to its absolute value.</param>
    /// <param name="take">Takes it out.</param>
    public Step? Find(long wanted, long bytes, bool take)
    {
        long type = 0;
        LinkedListNode<(Step Send, long Position)>? found = null;
        foreach ((long t, var messages) in Candidates(wanted))
        {
            var first = messages.First;
            while (first is not null && first.Value.Send.Event.Bytes != bytes)
                first = first.Next;
            if (first is not null && (found is null || first.Value.Position < found.Value.Position))
                (type, found) = (t, first);
            if (found is not null && wanted < 0)
                break;
        }
        if (found is null || !take)
            return found?.Value.Send;
        LinkedList<(Step, long)> list = _byType[type];
        list.Remove(found);
        if (list.Count == 0)
            _byType.Remove(type);
        return found.Value.Send;
    }

    /// <summary>A type above 0 is taken alone, so its list is found directly; else the lists come in order of type.</summary>
    private IEnumerable<KeyValuePair<long, LinkedList<(Step Send, long Position)>>> Candidates(long wanted) => wanted > 0
        ? _byType.TryGetValue(wanted, out var messages) ? [new(wanted, messages)] : []
        : _byType.TakeWhile(m => wanted == 0 || m.Key <= -wanted);
}
