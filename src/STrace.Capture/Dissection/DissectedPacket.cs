using STrace.Model;

namespace STrace.Capture;

/// <summary>The headers of one packet. Offsets count from the frame's first byte, lengths are bytes.</summary>
public readonly record struct DissectedPacket
{
    public const ushort EtherTypeIPv4 = 0x0800;
    public const ushort EtherTypeArp = 0x0806;
    public const ushort EtherTypeIPv6 = 0x86dd;

    /// <summary>A <see cref="Protocol"/>, as <see cref="FlowTuple.Tcp"/> and <see cref="FlowTuple.Udp"/>.</summary>
    public const byte Icmp = 1;

    /// <inheritdoc cref="Icmp"/>
    public const byte IcmpV6 = 58;

    /// <summary>Destination address of an Ethernet frame, its first byte highest in 48 bits; 0 behind other link headers.</summary>
    public ulong DestinationMac { get; init; }

    /// <summary>Source address of an Ethernet frame, as <see cref="DestinationMac"/>.</summary>
    public ulong SourceMac { get; init; }

    /// <summary>What the link carries, behind VLAN tags; below 1536 it is the length of an IEEE 802.3 frame.</summary>
    public ushort EtherType { get; init; }

    public bool IsArp => EtherType == EtherTypeArp;

    /// <summary>Where the IP header (or what else the link carries) begins.</summary>
    public int NetworkOffset { get; init; }

    /// <summary>Addresses of an IP packet, null of anything else; ports are 0 unless <see cref="HasPorts"/>.</summary>
    public FlowTuple? Flow { get; init; }

    /// <summary>IP protocol number behind IPv6 extension headers: 6 TCP, 17 UDP; 0 when not IP.</summary>
    public byte Protocol { get; init; }

    /// <summary>The IP packet's length with its header, as the sender wrote it: without link padding, whatever was captured.</summary>
    public int TotalLength { get; init; }

    /// <summary>IPv4 identification; 0 in IPv6.</summary>
    public ushort IpId { get; init; }

    /// <summary>IPv4 time to live, IPv6 hop limit.</summary>
    public byte Ttl { get; init; }

    /// <summary>Place of this fragment in the IP payload; 0 of a whole packet or a first fragment.</summary>
    public int FragmentOffset { get; init; }

    public bool MoreFragments { get; init; }

    /// <summary>Where the header of <see cref="Protocol"/> begins (in later fragments, their bytes).</summary>
    public int TransportOffset { get; init; }

    /// <summary>TCP or UDP, and not a later fragment.</summary>
    public bool HasPorts { get; init; }

    public TcpControlBits TcpFlags { get; init; }
    public uint Sequence { get; init; }
    public uint Acknowledgment { get; init; }

    /// <summary>TCP window, not scaled.</summary>
    public ushort Window { get; init; }

    /// <summary>Where the payload begins in the packet; behind the frame's end where the capture was cut before it.</summary>
    public int PayloadOffset { get; init; }

    /// <summary>Bytes behind the headers in this packet on the wire, captured or not.</summary>
    public int PayloadLength { get; init; }

    /// <summary>Captured bytes up to the payload: what is kept when only headers are.</summary>
    public int HeaderLength { get; init; }
}
