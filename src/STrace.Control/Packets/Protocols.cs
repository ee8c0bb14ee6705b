namespace STrace.Control;

/// <summary>Numbers of the protocols that the controller reads (IANA).</summary>
internal static class Protocols
{
    public const ushort EtherIpv4 = 0x0800;
    public const ushort EtherArp = 0x0806;
    public const ushort EtherVlan = 0x8100;
    public const ushort EtherLldp = 0x88cc;

    public const byte Icmp = 1;
    public const byte Tcp = 6;
    public const byte Udp = 17;

    public const byte IcmpEchoReply = 0;
    public const byte IcmpEchoRequest = 8;
}
