namespace STrace.Capture;

/// <summary>One packet of a capture file.</summary>
/// <param name="InterfaceId">Its interface's place in <see cref="PcapngReader.Interfaces"/>.</param>
/// <param name="TimeNs">Ns since the epoch.</param>
/// <param name="OriginalLength">Bytes that the packet had on the wire.</param>
/// <param name="Data">The captured bytes, until the next one is read.</param>
/// <param name="Comment">Empty where there is none.</param>
public readonly record struct PcapngPacket(
    int InterfaceId, long TimeNs, int OriginalLength, ReadOnlyMemory<byte> Data, PacketDirection Direction, string Comment);
