namespace STrace.OpenFlow;

/// <summary>Sends the packet out of a port through a queue (<c>ofp_action_enqueue</c>, section 5.2.4).</summary>
/// <param name="Port">A port, or the input port.</param>
/// <param name="QueueId">A queue of that port.</param>
public sealed record EnqueueAction(ushort Port, uint QueueId) : OpenFlowAction
{
    //  4      6     12         16
    // +------+-----+----------+
    // | port | pad | queue_id |
    // +------+-----+----------+
    private const int PaddingLength = 6;

    /// <inheritdoc/>
    public override ActionType Type => ActionType.Enqueue;

    /// <summary><c>enqueue:PORT:QUEUE</c>.</summary>
    public override string ToString() => $"enqueue:{PortNumber.Format(Port)}:{QueueId}";

    internal static EnqueueAction Read(ref WireReader reader)
    {
        var port = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new EnqueueAction(port, reader.ReadUInt32());
    }

    internal override void WriteBody(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WritePadding(PaddingLength);
        writer.WriteUInt32(QueueId);
    }
}
