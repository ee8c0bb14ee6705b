namespace STrace.Model;

/// <summary>Calls of one thread that were made but not recorded, counted exactly.</summary>
/// <param name="TimeNs">When the next call was recorded; ns since the epoch.</param>
public sealed record EventLoss(string Host, ulong Ring, int Tid, uint FirstSequence, uint LastSequence, long TimeNs);
