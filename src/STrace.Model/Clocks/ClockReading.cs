namespace STrace.Model;

/// <summary>What a host's clock said between two moments of the manager's clock; all ns since the epoch, none corrected.</summary>
/// <param name="SentNs">When the manager asked.</param>
/// <param name="HostNs">The host's clock when it answered.</param>
/// <param name="ReceivedNs">When the manager had the answer.</param>
public sealed record ClockReading(string Host, long SentNs, long HostNs, long ReceivedNs);
