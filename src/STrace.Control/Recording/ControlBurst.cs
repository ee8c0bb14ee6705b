namespace STrace.Control;

/// <summary>Messages of one switch that follow one another.</summary>
/// <param name="Log">As <see cref="ControlLogFormat"/> lays them out; valid during the call only.</param>
/// <param name="Count">How many there are.</param>
/// <param name="FirstNs">The time of the earliest, ns since the epoch.</param>
/// <param name="LastNs">The time of the latest.</param>
/// <param name="Types">Which types there are: for each a bit of its number (section 5.1), modulo 32.</param>
public readonly record struct ControlBurst(ulong Dpid, ReadOnlyMemory<byte> Log, int Count, long FirstNs, long LastNs, uint Types);
