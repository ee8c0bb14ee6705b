namespace STrace.OpenFlow;

/// <summary>A request failed (<c>OFPT_ERROR</c>, <c>ofp_error_msg</c>, section 5.4.4). Its xid is that of the request.</summary>
public sealed record ErrorMessage : OpenFlowMessage
{
    //  8      10     12
    // +------+------+------ - -
    // | type | code | data
    // +------+------+------ - -

    /// <inheritdoc/>
    public override MessageType Type => MessageType.Error;

    /// <summary>What failed.</summary>
    public ErrorType ErrorType { get; init; }

    /// <summary>How: by <see cref="ErrorType"/> the number of a <see cref="BadRequestCode"/>, <see cref="BadActionCode"/>...</summary>
    public ushort Code { get; init; }

    /// <summary>At least the first 64 bytes of the request; for HELLO_FAILED a text.</summary>
    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>The name of <see cref="Code"/>, or its number where it has none.</summary>
    public string CodeName => ErrorType switch
    {
        ErrorType.HelloFailed => ((HelloFailedCode)Code).ToString(),
        ErrorType.BadRequest => ((BadRequestCode)Code).ToString(),
        ErrorType.BadAction => ((BadActionCode)Code).ToString(),
        ErrorType.FlowModFailed => ((FlowModFailedCode)Code).ToString(),
        ErrorType.PortModFailed => ((PortModFailedCode)Code).ToString(),
        ErrorType.QueueOperationFailed => ((QueueOperationFailedCode)Code).ToString(),
        _ => $"{Code}",
    };

    /// <summary>The answer to the HELLO of a peer that shares no version with us (section 5.5.1).</summary>
    public static ErrorMessage Incompatible(HelloMessage hello)
    {
        ArgumentNullException.ThrowIfNull(hello);
        return new ErrorMessage { Xid = hello.Xid, ErrorType = ErrorType.HelloFailed, Code = (ushort)HelloFailedCode.Incompatible };
    }

    internal static ErrorMessage Read(ref WireReader reader) => new()
    {
        Xid = reader.Xid,
        ErrorType = (ErrorType)reader.ReadUInt16(),
        Code = reader.ReadUInt16(),
        Data = reader.ReadRest(),
    };

    internal override void Write(WireWriter writer)
    {
        writer.WriteUInt16((ushort)ErrorType);
        writer.WriteUInt16(Code);
        writer.WriteBytes(Data);
    }
}
