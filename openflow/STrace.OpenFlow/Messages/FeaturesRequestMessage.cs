namespace STrace.OpenFlow;

/// <summary>Asks a switch who it is. No body (<c>OFPT_FEATURES_REQUEST</c>, section 5.3.1).</summary>
public sealed record FeaturesRequestMessage : OpenFlowMessage
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.FeaturesRequest;

    internal static FeaturesRequestMessage Read(ref WireReader reader) => new() { Xid = reader.Xid };

    internal override void Write(WireWriter writer)
    {
    }
}
