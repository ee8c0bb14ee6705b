namespace STrace.OpenFlow;

/// <summary>Is the peer alive? (<c>OFPT_ECHO_REQUEST</c>, section 5.5.2).</summary>
public sealed record EchoRequestMessage : OpenFlowMessage
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.EchoRequest;

    /// <summary>Any bytes.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    internal static EchoRequestMessage Read(ref WireReader reader) => new() { Xid = reader.Xid, Data = reader.ReadRest() };

    internal override void Write(WireWriter writer) => writer.WriteBytes(Data);
}
