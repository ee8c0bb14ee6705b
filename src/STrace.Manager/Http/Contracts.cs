namespace STrace.Manager;

/// <summary>What the HTTP API says and is told; the command line speaks it too. Times are ns since the epoch, as text.</summary>
public sealed record HostInfo(string Name, bool Connected, IReadOnlyList<string> Addresses, string? Recording, long Blocks);

/// <param name="Dpid">16 hex digits.</param>
public sealed record SwitchInfo(string Dpid, bool Connected, string Peer, string Description, IReadOnlyList<SwitchPort> Ports);

public sealed record SwitchPort(int Number, string Name, string Mac);

public sealed record SessionSummary(
    string Name, string State, string StartNs, string? StopNs, long ControlMessages, long Events, long Bytes);

public sealed record StartSession(string Name);

/// <param name="Late">Hosts that did not confirm in time.</param>
public sealed record SessionChanged(string Name, IReadOnlyList<string> Late);

public sealed record PathSummary(
    string Id, string StartNs, string DurationNs, string Status, int Events, int Rewrites, IReadOnlyList<string> Hosts, string Root);

public sealed record PathList(string Session, IReadOnlyList<string> RewritesUsed, int Unpaired, IReadOnlyList<PathSummary> Paths);

public sealed record UnpairedInfo(string Host, int Tid, string Op, string TimeNs, string Src, string Dst, string? Path);

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Kind">no, usage, bad or permission: what the command line's exit status says.</param>
public sealed record ErrorBody(string Kind, string Error);
