namespace STrace.Capture;

/// <summary>What a captured frame begins with; the numbers are the LINKTYPE_ values of pcapng files, which libpcap uses too.</summary>
public enum LinkType
{
    /// <summary>LINKTYPE_ETHERNET.</summary>
    Ethernet = 1,

    /// <summary>LINKTYPE_RAW: begins with the IP header.</summary>
    Raw = 101,

    /// <summary>LINKTYPE_LINUX_SLL: a capture on all interfaces.</summary>
    LinuxSll = 113,

    /// <summary>LINKTYPE_LINUX_SLL2: the same, with the interface's index.</summary>
    LinuxSll2 = 276,
}
