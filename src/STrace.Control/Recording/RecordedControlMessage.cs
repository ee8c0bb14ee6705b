namespace STrace.Control;

/// <summary>A control message as <see cref="IControlRecorder"/> took it.</summary>
/// <param name="TimeNs">ns since the epoch.</param>
/// <param name="Frame">One whole message.</param>
public readonly record struct RecordedControlMessage(long TimeNs, ulong Dpid, ControlDirection Direction, ReadOnlyMemory<byte> Frame);
