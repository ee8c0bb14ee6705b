namespace STrace.OpenFlow;

/// <summary>
/// Kinds of Nicira action (<c>NXAST_*</c> of Open vSwitch's nicira-ext.h and ofp-actions.c) of which it is known what they can do to a packet.
/// </summary>
public enum NiciraActionType : ushort
{
    /// <summary><c>NXAST_RESUBMIT</c></summary>
    Resubmit = 1,

    /// <summary><c>NXAST_SET_TUNNEL</c></summary>
    SetTunnel = 2,

    /// <summary><c>NXAST_SET_QUEUE</c></summary>
    SetQueue = 4,

    /// <summary><c>NXAST_POP_QUEUE</c></summary>
    PopQueue = 5,

    /// <summary><c>NXAST_REG_MOVE</c></summary>
    RegisterMove = 6,

    /// <summary><c>NXAST_REG_LOAD</c></summary>
    RegisterLoad = 7,

    /// <summary><c>NXAST_NOTE</c></summary>
    Note = 8,

    /// <summary><c>NXAST_SET_TUNNEL64</c></summary>
    SetTunnel64 = 9,

    /// <summary><c>NXAST_MULTIPATH</c></summary>
    Multipath = 10,

    /// <summary><c>NXAST_BUNDLE</c></summary>
    Bundle = 12,

    /// <summary><c>NXAST_BUNDLE_LOAD</c></summary>
    BundleLoad = 13,

    /// <summary><c>NXAST_RESUBMIT_TABLE</c></summary>
    ResubmitTable = 14,

    /// <summary><c>NXAST_OUTPUT_REG</c></summary>
    OutputRegister = 15,

    /// <summary><c>NXAST_LEARN</c></summary>
    Learn = 16,

    /// <summary><c>NXAST_EXIT</c></summary>
    Exit = 17,

    /// <summary><c>NXAST_DEC_TTL</c></summary>
    DecrementTtl = 18,

    /// <summary><c>NXAST_FIN_TIMEOUT</c></summary>
    FinTimeout = 19,

    /// <summary><c>NXAST_CONTROLLER</c></summary>
    Controller = 20,

    /// <summary><c>NXAST_DEC_TTL_CNT_IDS</c></summary>
    DecrementTtlTo = 21,

    /// <summary><c>NXAST_WRITE_METADATA</c></summary>
    WriteMetadata = 22,

    /// <summary><c>NXAST_STACK_PUSH</c></summary>
    StackPush = 27,

    /// <summary><c>NXAST_STACK_POP</c></summary>
    StackPop = 28,

    /// <summary><c>NXAST_SAMPLE</c></summary>
    Sample = 29,

    /// <summary><c>NXAST_OUTPUT_REG2</c></summary>
    OutputRegister2 = 32,

    /// <summary><c>NXAST_REG_LOAD2</c></summary>
    RegisterLoad2 = 33,

    /// <summary><c>NXAST_CONJUNCTION</c></summary>
    Conjunction = 34,

    /// <summary><c>NXAST_CT</c></summary>
    ConnectionTracking = 35,

    /// <summary><c>NXAST_NAT</c></summary>
    AddressTranslation = 36,

    /// <summary><c>NXAST_CONTROLLER2</c></summary>
    Controller2 = 37,

    /// <summary><c>NXAST_OUTPUT_TRUNC</c></summary>
    OutputTruncated = 39,

    /// <summary><c>NXAST_CLONE</c></summary>
    Clone = 42,

    /// <summary><c>NXAST_CT_CLEAR</c></summary>
    ConnectionTrackingClear = 43,
}
