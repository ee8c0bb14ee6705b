namespace STrace.Capture;

/// <summary>An interface of a capture file; packets name it by its place in the section.</summary>
/// <param name="SnapLength">Most bytes kept of a packet; 0 for no limit.</param>
public sealed record PcapngInterface(string Name, string Description, LinkType LinkType, int SnapLength);
