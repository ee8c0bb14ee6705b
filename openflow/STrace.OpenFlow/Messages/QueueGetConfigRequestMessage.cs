namespace STrace.OpenFlow;

/// <summary>Asks for the queues of a port (<c>OFPT_QUEUE_GET_CONFIG_REQUEST</c>, section 5.3.4).</summary>
public sealed record QueueGetConfigRequestMessage : OpenFlowMessage
{
    //  8      10    12
    // +------+-----+
    // | port | pad |
    // +------+-----+
    private const int PaddingLength = 2;

    /// <inheritdoc/>
    public override MessageType Type => MessageType.QueueGetConfigRequest;

    /// <summary>A physical port.</summary>
    public ushort Port { get; init; }

    internal static QueueGetConfigRequestMessage Read(ref WireReader reader)
    {
        var port = reader.ReadUInt16();
        reader.ReadPadding(PaddingLength);
        return new QueueGetConfigRequestMessage { Xid = reader.Xid, Port = port };
    }

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16(Port);
        writer.WritePadding(PaddingLength);
    }
}
