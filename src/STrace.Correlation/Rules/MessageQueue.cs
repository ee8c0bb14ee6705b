using STrace.Model;

namespace STrace.Correlation;

/// <summary>A System V queue played back: what was sent and not yet taken, and receives whose send is stamped later.</summary>
internal sealed class MessageQueue(HostEvent[] events)
{
    private readonly SortedDictionary<long, LinkedList<(int Index, long Position)>> _byType = [];
    private readonly LinkedList<int> _waiting = [];
    private long _position;

    /// <returns>The send and receive that the event completes; null when it waits for its counterpart.</returns>
    public (int Send, int Receive)? Add(int index)
    {
        HostEvent e = events[index];
        return e.Operation == Operation.Msgsnd ? Send(index, e) : Receive(index, e);
    }

    private (int, int)? Send(int index, HostEvent send)
    {
        for (var node = _waiting.First; node is not null; node = node.Next)
        {
            HostEvent receive = events[node.Value];
            if (Wants(receive.Arg1, send.Arg1) && receive.Bytes == send.Bytes)
            {
                _waiting.Remove(node);
                return (index, node.Value);
            }
        }
        if (!_byType.TryGetValue(send.Arg1, out var messages))
            _byType[send.Arg1] = messages = new();
        messages.AddLast((index, _position++));
        return null;
    }

    private (int, int)? Receive(int index, HostEvent receive)
    {
        long type = 0;
        LinkedListNode<(int Index, long Position)>? taken = null;
        foreach ((long t, var messages) in Candidates(receive.Arg1))
        {
            var first = messages.First;
            while (first is not null && events[first.Value.Index].Bytes != receive.Bytes)
                first = first.Next;
            if (first is not null && (taken is null || first.Value.Position < taken.Value.Position))
                (type, taken) = (t, first);
            if (taken is not null && receive.Arg1 < 0)
                break;
        }
        if (taken is null)
        {
            _waiting.AddLast(index);
            return null;
        }
        LinkedList<(int, long)> list = _byType[type];
        list.Remove(taken);
        if (list.Count == 0)
            _byType.Remove(type);
        return (taken.Value.Index, index);
    }

    /// <summary>A type above 0 is taken alone, so its list is found directly; else the lists come in order of type.</summary>
    private IEnumerable<KeyValuePair<long, LinkedList<(int Index, long Position)>>> Candidates(long wanted) => wanted > 0
        ? _byType.TryGetValue(wanted, out var messages) ? [new(wanted, messages)] : []
        : _byType.TakeWhile(m => Wants(wanted, m.Key));

    private static bool Wants(long wanted, long type) => wanted == 0 || (wanted > 0 ? type == wanted : type <= -wanted);
}
