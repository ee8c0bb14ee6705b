namespace STrace.Capture;

/// <summary>What to capture, and how.</summary>
public sealed record CaptureOptions
{
    /// <summary>Stands for all interfaces of the network namespace.</summary>
    public const string AnyInterface = "any";

    /// <summary>
    /// An interface's name, which gives Ethernet frames, or <see cref="AnyInterface"/>, which gives packets behind a LINUX_SLL2
    /// header, with interface and direction.
    /// </summary>
    public string Interface { get; init; } = AnyInterface;

    /// <summary>Bytes kept of a packet, the link header included.</summary>
    public int SnapLength { get; init; } = 262144;

    /// <summary>Whether to see frames for other machines too; without effect on <see cref="AnyInterface"/>.</summary>
    public bool Promiscuous { get; init; }

    /// <summary>A filter of pcap-filter(7), run in the kernel; empty for all packets.</summary>
    public string Filter { get; init; } = "";

    /// <summary>Size of the kernel's buffer, which bounds how long the reader may be away before packets are dropped.</summary>
    public int BufferBytes { get; init; } = 16 << 20;

    /// <summary>In or Out to see only one direction, so that a reader does not see what its own machine sends; null for both.</summary>
    public PacketDirection? Direction { get; init; }

    /// <summary>
    /// How long the kernel may hold packets back to hand them over in batches. Zero hands over each packet at once, and then the buffer
    /// is divided into slots of the snap length, so that a large snap length leaves room for few packets.
    /// </summary>
    public TimeSpan Delay { get; init; } = TimeSpan.FromMilliseconds(20);
}
