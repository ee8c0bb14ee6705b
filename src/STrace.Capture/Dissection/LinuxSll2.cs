namespace STrace.Capture;

/// <summary>
/// The header of LINKTYPE_LINUX_SLL2, big-endian:
/// <code>
///  0        2        4                 8        10     11     12                20
/// +--------+--------+-----------------+--------+------+------+-----------------+
/// | proto  | zero   | interface index | ARPHRD | type | halen| address         |
/// +--------+--------+-----------------+--------+------+------+-----------------+
/// </code>
/// </summary>
internal static class LinuxSll2
{
    public const int ProtocolOffset = 0;
    public const int InterfaceIndexOffset = 4;
    public const int PacketTypeOffset = 10;
    public const int HeaderLength = 20;

    /// <summary>PACKET_OUTGOING; the smaller types are kinds of arrival.</summary>
    public const byte Outgoing = 4;
}
