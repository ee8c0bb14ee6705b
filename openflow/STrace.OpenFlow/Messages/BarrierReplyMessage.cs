namespace STrace.OpenFlow;

/// <summary>All that came before the request is done. No body (<c>OFPT_BARRIER_REPLY</c>, section 5.3.7).</summary>
public sealed record BarrierReplyMessage : OpenFlowMessage
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.BarrierReply;

    internal static BarrierReplyMessage Read(ref WireReader reader) => new() { Xid = reader.Xid };

    internal override void Write(WireWriter writer)
    {
    }
}
