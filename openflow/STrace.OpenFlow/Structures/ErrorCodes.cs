namespace STrace.OpenFlow;

// The codes of each ErrorType, section 5.4.4.

/// <summary>Codes of <see cref="ErrorType.HelloFailed"/> (<c>enum ofp_hello_failed_code</c>).</summary>
public enum HelloFailedCode : ushort
{
    /// <summary><c>OFPHFC_INCOMPATIBLE</c></summary>
    Incompatible = 0,

    /// <summary><c>OFPHFC_EPERM</c></summary>
    PermissionDenied = 1,
}

/// <summary>Codes of <see cref="ErrorType.BadRequest"/> (<c>enum ofp_bad_request_code</c>).</summary>
public enum BadRequestCode : ushort
{
    /// <summary><c>OFPBRC_BAD_VERSION</c></summary>
    BadVersion = 0,

    /// <summary><c>OFPBRC_BAD_TYPE</c></summary>
    BadType = 1,

    /// <summary><c>OFPBRC_BAD_STAT</c></summary>
    BadStats = 2,

    /// <summary><c>OFPBRC_BAD_VENDOR</c></summary>
    BadVendor = 3,

    /// <summary><c>OFPBRC_BAD_SUBTYPE</c></summary>
    BadSubtype = 4,

    /// <summary><c>OFPBRC_EPERM</c></summary>
    PermissionDenied = 5,

    /// <summary><c>OFPBRC_BAD_LEN</c></summary>
    BadLength = 6,

    /// <summary><c>OFPBRC_BUFFER_EMPTY</c></summary>
    BufferEmpty = 7,

    /// <summary><c>OFPBRC_BUFFER_UNKNOWN</c></summary>
    BufferUnknown = 8,
}

/// <summary>Codes of <see cref="ErrorType.BadAction"/> (<c>enum ofp_bad_action_code</c>).</summary>
public enum BadActionCode : ushort
{
    /// <summary><c>OFPBAC_BAD_TYPE</c></summary>
    BadType = 0,

    /// <summary><c>OFPBAC_BAD_LEN</c></summary>
    BadLength = 1,

    /// <summary><c>OFPBAC_BAD_VENDOR</c></summary>
    BadVendor = 2,

    /// <summary><c>OFPBAC_BAD_VENDOR_TYPE</c></summary>
    BadVendorType = 3,

    /// <summary><c>OFPBAC_BAD_OUT_PORT</c></summary>
    BadOutPort = 4,

    /// <summary><c>OFPBAC_BAD_ARGUMENT</c></summary>
    BadArgument = 5,

    /// <summary><c>OFPBAC_EPERM</c></summary>
    PermissionDenied = 6,

    /// <summary><c>OFPBAC_TOO_MANY</c></summary>
    TooMany = 7,

    /// <summary><c>OFPBAC_BAD_QUEUE</c></summary>
    BadQueue = 8,
}

/// <summary>Codes of <see cref="ErrorType.FlowModFailed"/> (<c>enum ofp_flow_mod_failed_code</c>).</summary>
public enum FlowModFailedCode : ushort
{
    /// <summary><c>OFPFMFC_ALL_TABLES_FULL</c></summary>
    AllTablesFull = 0,

    /// <summary><c>OFPFMFC_OVERLAP</c></summary>
    Overlap = 1,

    /// <summary><c>OFPFMFC_EPERM</c></summary>
    PermissionDenied = 2,

    /// <summary><c>OFPFMFC_BAD_EMERG_TIMEOUT</c></summary>
    BadEmergencyTimeout = 3,

    /// <summary><c>OFPFMFC_BAD_COMMAND</c></summary>
    BadCommand = 4,

    /// <summary><c>OFPFMFC_UNSUPPORTED</c></summary>
    Unsupported = 5,
}

/// <summary>Codes of <see cref="ErrorType.PortModFailed"/> (<c>enum ofp_port_mod_failed_code</c>).</summary>
public enum PortModFailedCode : ushort
{
    /// <summary><c>OFPPMFC_BAD_PORT</c></summary>
    BadPort = 0,

    /// <summary><c>OFPPMFC_BAD_HW_ADDR</c></summary>
    BadHardwareAddress = 1,
}

/// <summary>Codes of <see cref="ErrorType.QueueOperationFailed"/> (<c>enum ofp_queue_op_failed_code</c>).</summary>
public enum QueueOperationFailedCode : ushort
{
    /// <summary><c>OFPQOFC_BAD_PORT</c></summary>
    BadPort = 0,

    /// <summary><c>OFPQOFC_BAD_QUEUE</c></summary>
    BadQueue = 1,

    /// <summary><c>OFPQOFC_EPERM</c></summary>
    PermissionDenied = 2,
}
