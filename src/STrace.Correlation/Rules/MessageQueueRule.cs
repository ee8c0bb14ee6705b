using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins msgrcv to the msgsnd of the message that it took: by queue, type and length, in order (msgrcv(2)). The receiver then
/// works for the sender's request.
/// </summary>
internal sealed class MessageQueueRule : HostRule
{
    public const string Name = "message-queue";

    private readonly Dictionary<int, int> _sends = [];

    public override void Prepare(HostEvents host, IReadOnlyList<int> byTime, List<(int Cause, int Effect)> causes)
    {
        var queues = new Dictionary<long, MessageQueue>();
        foreach (int index in byTime)
        {
            HostEvent e = host.All[index];
            if (e.Operation is not (Operation.Msgsnd or Operation.Msgrcv) || e.Errno != 0)
                continue;
            if (!queues.TryGetValue(e.Arg0, out MessageQueue? queue))
                queues[e.Arg0] = queue = new MessageQueue(host.All);
            if (queue.Add(index) is { } match)
            {
                _sends[match.Receive] = match.Send;
                causes.Add((match.Send, match.Receive));
            }
        }
    }

    public override bool Apply(Attribution attribution, int index)
    {
        if (!_sends.TryGetValue(index, out int send))
            return false;
        HostEvent sent = attribution.Event(send);
        attribution.Link(send, index, EdgeKind.Ipc, Name, $"message of type {sent.Arg1}, {sent.Bytes} bytes, in queue {sent.Arg0}");
        if (attribution.Requests[send] == HostTrace.None)
            return false;
        attribution.TakeByIpc(index, attribution.Requests[send]);
        return true;
    }
}
