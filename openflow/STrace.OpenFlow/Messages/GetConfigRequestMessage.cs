namespace STrace.OpenFlow;

/// <summary>Asks a switch for its configuration. No body (<c>OFPT_GET_CONFIG_REQUEST</c>, section 5.3.2).</summary>
public sealed record GetConfigRequestMessage : OpenFlowMessage
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.GetConfigRequest;

    internal static GetConfigRequestMessage Read(ref WireReader reader) => new() { Xid = reader.Xid };

    internal override void Write(WireWriter writer)
    {
    }
}
