namespace STrace.Capture;

/// <summary>What the capture knows of a packet beside its bytes.</summary>
/// <param name="TimeNs">When the kernel saw it, ns since the epoch.</param>
/// <param name="CapturedLength">Bytes handed out, the link header included.</param>
/// <param name="OriginalLength">Bytes that the packet had before the snap length cut it.</param>
/// <param name="InterfaceIndex">The interface's number in its network namespace.</param>
public readonly record struct CapturedPacketHeader(
    long TimeNs, int CapturedLength, int OriginalLength, int InterfaceIndex, PacketDirection Direction);
