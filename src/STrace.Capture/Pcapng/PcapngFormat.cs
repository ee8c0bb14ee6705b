namespace STrace.Capture;

/// <summary>
/// Numbers of the pcapng format, draft-ietf-opsawg-pcapng. Every block is
/// <code>
///  0         4         8                       length-4    length
/// +---------+---------+-----------------------+-----------+
/// | type    | length  | body, then options    | length    |
/// +---------+---------+-----------------------+-----------+
/// </code>
/// with lengths that are multiples of 4; an option is a 16-bit code, a 16-bit length and its value, padded to 4.
/// </summary>
internal static class PcapngFormat
{
    /// <summary>Type and length.</summary>
    public const int HeadLength = 8;

    /// <summary>Type and both lengths.</summary>
    public const int FrameLength = 12;

    public const uint SectionHeader = 0x0a0d0d0a;
    public const uint InterfaceDescription = 1;
    public const uint InterfaceStatistics = 5;
    public const uint EnhancedPacket = 6;

    // Section 4.1. The body: magic (4), major and minor version (2 each), section length (8).
    public const int SectionBodyLength = 16;
    public const uint ByteOrderMagic = 0x1a2b3c4d;
    public const ushort MajorVersion = 1;
    public const ushort HardwareOption = 2;
    public const ushort OsOption = 3;
    public const ushort ApplicationOption = 4;

    // Section 4.2. The body: link type (2), reserved (2), snap length (4).
    public const int InterfaceBodyLength = 8;
    public const ushort NameOption = 2;
    public const ushort DescriptionOption = 3;
    public const ushort TimeResolutionOption = 9;
    public const ushort TimeOffsetOption = 14;
    public const byte DefaultTimeResolution = 6;
    public const byte NanosecondResolution = 9;

    // Section 4.3. The body: interface (4), time high and low (4 each), captured and original length (4 each), data.
    public const int PacketBodyLength = 20;
    public const ushort FlagsOption = 2;
    public const uint DirectionMask = 3;
    public const uint Inbound = 1;
    public const uint Outbound = 2;

    // Section 4.6. The body: interface (4), time high and low (4 each).
    public const int StatisticsBodyLength = 12;
    public const ushort InterfaceDropOption = 5;
    public const ushort FilterAcceptOption = 6;
    public const ushort OsDropOption = 7;

    // Section 3.5.
    public const ushort EndOfOptions = 0;
    public const ushort CommentOption = 1;

    public static int Padded(int length) => (length + 3) & ~3;
}
