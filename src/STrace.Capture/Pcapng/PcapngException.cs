namespace STrace.Capture;

/// <summary>A capture file is not what the pcapng format says.</summary>
public sealed class PcapngException : Exception
{
    internal PcapngException(long offset, string what)
        : base($"not a valid pcapng file: {what} in the block at byte {offset}") => Offset = offset;

    /// <summary>Where in the stream the offending block begins.</summary>
    public long Offset { get; }
}
