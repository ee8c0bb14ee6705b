namespace STrace.Control;

/// <summary>A frame that a rule with the mirror took, as a datastore received it: as it entered the switch.</summary>
/// <param name="TimeNs">ns since the epoch.</param>
/// <param name="Dpid">The datastore's switch.</param>
/// <param name="Frame">The whole Ethernet frame.</param>
public sealed record MirroredFrame(long TimeNs, ulong Dpid, ReadOnlyMemory<byte> Frame);

/// <param name="EntryPort">The port of the switch at which the frame entered; null where the session does not tell.</param>
public sealed record PlacedFrame(MirroredFrame Frame, ushort? EntryPort);
