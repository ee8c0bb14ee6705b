namespace STrace.OpenFlow;

/// <summary>What a switch does with IP fragments (<c>enum ofp_config_flags</c>, section 5.3.2).</summary>
public enum FragmentHandling : ushort
{
    /// <summary><c>OFPC_FRAG_NORMAL</c>: nothing special.</summary>
    Normal = 0,

    /// <summary><c>OFPC_FRAG_DROP</c></summary>
    Drop = 1,

    /// <summary><c>OFPC_FRAG_REASM</c></summary>
    Reassemble = 2,

    /// <summary><c>OFPC_FRAG_MASK</c></summary>
    Mask = 3,
}
