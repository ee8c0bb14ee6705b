namespace STrace.OpenFlow;

/// <summary>Kinds of error (<c>enum ofp_error_type</c>, section 5.4.4).</summary>
public enum ErrorType : ushort
{
    /// <summary><c>OFPET_HELLO_FAILED</c></summary>
    HelloFailed = 0,

    /// <summary><c>OFPET_BAD_REQUEST</c></summary>
    BadRequest = 1,

    /// <summary><c>OFPET_BAD_ACTION</c></summary>
    BadAction = 2,

    /// <summary><c>OFPET_FLOW_MOD_FAILED</c></summary>
    FlowModFailed = 3,

    /// <summary><c>OFPET_PORT_MOD_FAILED</c></summary>
    PortModFailed = 4,

    /// <summary><c>OFPET_QUEUE_OP_FAILED</c></summary>
    QueueOperationFailed = 5,
}
