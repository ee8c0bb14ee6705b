namespace STrace.OpenFlow;

/// <summary>The answer to an echo request, with its data (<c>OFPT_ECHO_REPLY</c>, section 5.5.3).</summary>
public sealed record EchoReplyMessage : OpenFlowMessage
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.EchoReply;

    /// <summary>Any bytes.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    internal static EchoReplyMessage Read(ref WireReader reader) => new() { Xid = reader.Xid, Data = reader.ReadRest() };

    internal override void Write(WireWriter writer) => writer.WriteBytes(Data);
}
