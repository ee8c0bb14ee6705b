namespace STrace.Model;

/// <summary>The paths of a session, built from the same input with the same options.</summary>
/// <param name="RewritesUsed">The sources of rewrites that were allowed.</param>
/// <param name="HostAddresses">Each host's own address, by which the drawings name it.</param>
/// <param name="Unpaired">Connection starts whose other end was not found.</param>
public sealed record PathSet(
    string Session,
    IReadOnlyList<RewriteSource> RewritesUsed,
    IReadOnlyDictionary<string, IpAddress> HostAddresses,
    IReadOnlyList<UnpairedStart> Unpaired,
    IReadOnlyList<CausalPath> Paths)
{
    /// <summary>By how much each host's times were corrected; hosts that are not listed were right.</summary>
    public IReadOnlyList<ClockOffset> Clocks { get; init; } = [];

    /// <summary>Packets with data that stand under no call, in time order.</summary>
    public IReadOnlyList<UnplacedPacket> UnplacedPackets { get; init; } = [];
}

/// <summary>A connect or accept without its counterpart: the other end is not monitored, or the network rewrote the addresses.</summary>
/// <param name="Flow">Client to server, as this end saw it.</param>
/// <param name="Path">Id of the path that holds it; null when no path does.</param>
public sealed record UnpairedStart(string Host, int Tid, Operation Operation, long TimeNs, FlowTuple Flow, string? Path);
