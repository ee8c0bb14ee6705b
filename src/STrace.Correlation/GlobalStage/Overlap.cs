namespace STrace.Correlation;

/// <summary>Bytes that one call gave and another took: offsets From (inclusive) to To (exclusive) of one direction.</summary>
internal readonly record struct Overlap(ConnectionPair Pair, bool IsAnswer, Step Send, Step Receive, long From, long To);
