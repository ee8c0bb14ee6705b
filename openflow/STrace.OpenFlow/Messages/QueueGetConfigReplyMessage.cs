namespace STrace.OpenFlow;

/// <summary>The queues of a port (<c>OFPT_QUEUE_GET_CONFIG_REPLY</c>, section 5.3.4).</summary>
public sealed record QueueGetConfigReplyMessage : OpenFlowMessage
{
    //  8      10    16
    // +------+-----+-------- - -
    // | port | pad | queues
    // +------+-----+-------- - -
    private const int PaddingLength = 6;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.QueueGetConfigReply;

    /// <summary>The port that was asked for.</summary>
    public ushort Port { get; init; }

    /// <summary>Its queues.</summary>
    public IReadOnlyList<QueueDescription> Queues { get; init; } = [];

    internal static QueueGetConfigReplyMessage Read(ref WireReader reader)
    {
        var port = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        var queues = new List<QueueDescription>();
        while (reader.Remaining > 0)
            queues.Add(QueueDescription.Read(ref reader));
        return new QueueGetConfigReplyMessage { Xid = reader.Xid, Port = port, Queues = queues };
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WritePadding(PaddingLength);
        foreach (var queue in Queues)
            queue.Write(writer);
    }
}
