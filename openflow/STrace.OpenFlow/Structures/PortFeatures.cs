namespace STrace.OpenFlow;

/// <summary>Speeds, media and abilities of a port (<c>enum ofp_port_features</c>, section 5.2.1).</summary>
[Flags]
public enum PortFeatures : uint
{
    /// <summary>Nothing said.</summary>
    None = 0,

    /// <summary><c>OFPPF_10MB_HD</c></summary>
    Speed10MHalf = 1 << 0,

    /// <summary><c>OFPPF_10MB_FD</c></summary>
    Speed10MFull = 1 << 1,

    /// <summary><c>OFPPF_100MB_HD</c></summary>
    Speed100MHalf = 1 << 2,

    /// <summary><c>OFPPF_100MB_FD</c></summary>
    Speed100MFull = 1 << 3,

    /// <summary><c>OFPPF_1GB_HD</c></summary>
    Speed1GHalf = 1 << 4,

    /// <summary><c>OFPPF_1GB_FD</c></summary>
    Speed1GFull = 1 << 5,

    /// <summary><c>OFPPF_10GB_FD</c></summary>
    Speed10GFull = 1 << 6,

    /// <summary><c>OFPPF_COPPER</c></summary>
    Copper = 1 << 7,

    /// <summary><c>OFPPF_FIBER</c></summary>
    Fiber = 1 << 8,

    /// <summary><c>OFPPF_AUTONEG</c></summary>
    AutoNegotiation = 1 << 9,

    /// <summary><c>OFPPF_PAUSE</c></summary>
    Pause = 1 << 10,

    /// <summary><c>OFPPF_PAUSE_ASYM</c></summary>
    PauseAsymmetric = 1 << 11,
}
