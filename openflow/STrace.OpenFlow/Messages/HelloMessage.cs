namespace STrace.OpenFlow;

/// <summary>The first message of both sides (<c>OFPT_HELLO</c>, section 5.5.1). The only one that may carry another version.</summary>
public sealed record HelloMessage : OpenFlowMessage
{
    /// <inheritdoc/>
    public override MessageType Type => MessageType.Hello;

    /// <summary>The highest version that the sender speaks: 1 is OpenFlow 1.0, 4 is 1.3, 6 is 1.5.</summary>
    public byte Version { get; init; } = OpenFlowConstants.Version;

    /// <summary>What later versions put here, the bitmap of versions among it; to be ignored in 1.0.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    internal static HelloMessage Read(ref WireReader reader, byte version) =>
        new() { Xid = reader.Xid, Version = version, Body = reader.ReadRest() };

    internal override void Write(WireWriter writer) => writer.WriteBytes(Body);
}
