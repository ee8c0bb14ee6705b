namespace STrace.OpenFlow;

/// <summary>Asks a switch to finish all that came before. No body (<c>OFPT_BARRIER_REQUEST</c>, section 5.3.7).</summary>
public sealed record BarrierRequestMessage : OpenFlowMessage
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.BarrierRequest;

    internal static BarrierRequestMessage Read(ref WireReader reader) => new() { Xid = reader.Xid };

    internal override void Write(WireWriter writer)
    {
    }
}
