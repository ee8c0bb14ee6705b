using STrace.Model;

namespace STrace.Correlation;

/// <summary>
/// Joins the receive of a message to its send: by queue, type (of POSIX queues the priority) and length, in order (msgrcv(2),
/// mq_receive(3)). The receiver then works for the sender's request.
/// </summary>
internal sealed class MessageQueueRule(HostWalk walk) : HostRule
{
    public const string Name = "message-queue";

    private readonly Dictionary<(object? Channel, long Id), MessageQueue> _queues = [];

    public override bool Concerns(Operation operation) => IsSend(operation) || IsReceive(operation);

    public override bool Waits => true;

    public override object? Awaited(HostEvent e)
    {
        if (e.Errno != 0 || !IsReceive(e.Operation))
            return null;
        MessageQueue queue = QueueOf(e);
        return queue.HasUnseenSender || queue.Find(Type(e), e.Bytes, take: false) is not null ? null : queue;
    }

    public override bool Apply(Step step)
    {
        HostEvent e = step.Event;
        if (e.Errno != 0)
            return false;
        MessageQueue queue = QueueOf(e);
        if (IsSend(e.Operation))
        {
            queue.Send(step, Type(e));
            HandOn(step);
            walk.Wake(queue);
            return false;
        }
        if (queue.Find(Type(e), e.Bytes, take: true) is not { } send)
        {
            queue.HasUnseenSender = true;
            return false;
        }
        HostEvent sent = send.Event;
        step.CausedBy(new Link(send, EdgeKind.Ipc, Name, IsSystemV(sent)
            ? new Evidence("message of type {1}, {2} bytes, in queue {0}", sent.Arg0, sent.Arg1, sent.Bytes)
            : new Evidence("message of priority {1}, {2} bytes, in {0}", sent.Channel, sent.Arg2, sent.Bytes)));
        if (send.Request is not { } request || request.IsGone(e.EffectNs))
            return false;
        Take(step, request);
        return true;
    }

    private MessageQueue QueueOf(HostEvent e)
    {
        (object?, long) key = IsSystemV(e) ? (null, e.Arg0) : (e.Channel, 0);
        if (!_queues.TryGetValue(key, out MessageQueue? queue))
            _queues[key] = queue = new MessageQueue();
        return queue;
    }

    /// <summary>Of a send its message's; of a receive which it wants.</summary>
    private static long Type(HostEvent e) => IsSystemV(e) ? e.Arg1 : e.Arg2 + 1;

    private static bool IsSystemV(HostEvent e) => e.Operation is Operation.Msgsnd or Operation.Msgrcv;

    private static bool IsSend(Operation operation) => operation is Operation.Msgsnd or Operation.MqSend or Operation.MqTimedsend;

    private static bool IsReceive(Operation operation) =>
        operation is Operation.Msgrcv or Operation.MqReceive or Operation.MqTimedreceive;
}
