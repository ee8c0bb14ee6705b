using System.Text.Json.Serialization;

namespace STrace.Manager;

/// <summary>What the HTTP API says and is told; the command line speaks it too. Times are ns since the epoch, as text.</summary>
/// <param name="LastEventNs">Of the latest call that came on this connection; null before the first.</param>
/// <param name="Interposed">Processes whose calls are recorded; null until the agent told, as what follows.</param>
/// <param name="NotInterposed">Processes that hold sockets, or whose parent is recorded, and are not recorded.</param>
/// <param name="At">The switch's port behind which the host is; null where that is not known.</param>
public sealed record HostInfo(
    string Name, bool Connected, IReadOnlyList<string> Addresses, string? Recording, long Blocks, string? LastEventNs, int? Interposed,
    int? NotInterposed, AgentStatusInfo? Agent, PortInfo? At = null);

/// <param name="Clock">tsc or monotonic.</param>
/// <param name="Losses">Since the agent started.</param>
public sealed record AgentStatusInfo(
    string Version, string Clock, long SpoolBlocks, long SpoolBytes, long PacketsReceived, long PacketsDropped, IReadOnlyList<LossInfo> Losses);

public sealed record LossInfo(string Reason, long Total);

/// <param name="Matters">It holds sockets, is interposed, or its parent is.</param>
/// <param name="Obstacle">Why it is not recorded, in a word; null when it is.</param>
/// <param name="Reason">The same in a sentence.</param>
/// <param name="Remedy">What can be done.</param>
/// <param name="Listens">tcp or udp, and IP:PORT.</param>
public sealed record ProcessInfo(
    int Pid, int Ppid, uint Uid, string StartNs, string Program, string Command, bool Interposed, bool Matters, string? Obstacle,
    string? Reason, string? Remedy, bool IoUring, IReadOnlyList<string> Listens);

/// <param name="Dpid">16 hex digits.</param>
/// <param name="Description">As the switch describes itself, else its local port's name, which is the bridge's.</param>
/// <param name="Ports">In the order of their numbers.</param>
/// <param name="SinceNs">Since when it is connected, or is not any more.</param>
public sealed record SwitchInfo(
    string Dpid, bool Connected, string Peer, string Description, IReadOnlyList<SwitchPortInfo> Ports, string SinceNs);

/// <param name="Up">Whether packets can pass: it is neither down nor without a link.</param>
public sealed record SwitchPortInfo(int Number, string Name, string Mac, bool Up = true);

/// <param name="Switches">Not in lists.</param>
public sealed record SessionSummary(
    string Name, string State, string StartNs, string? StopNs, long ControlMessages, long Events, long Bytes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<SessionSwitchInfo>? Switches = null);

/// <param name="Dpid">16 hex digits.</param>
/// <param name="Direction">from-switch, or to-switch.</param>
/// <param name="Type">As the specification spells it, in small letters: flow_mod.</param>
/// <param name="Text">In the words of <c>ovs-ofctl ofp-print</c>; several lines where there is a list or a payload.</param>
/// <param name="Hex">The bytes on the wire.</param>
public sealed record ControlMessageInfo(string TimeNs, string Dpid, string Direction, string Type, uint Xid, string Text, string Hex);

public sealed record StartSession(string Name);

/// <param name="Late">Hosts that did not confirm in time.</param>
public sealed record SessionChanged(string Name, IReadOnlyList<string> Late);

/// <param name="Final">No later evidence can change it.</param>
/// <param name="Revision">Counts how often it was shown while it changed.</param>
public sealed record PathSummary(
    string Id, string StartNs, string DurationNs, string Status, int Events, int Rewrites, IReadOnlyList<string> Hosts, string Root,
    bool Final, int Revision, string Signature);

public sealed record PathList(string Session, IReadOnlyList<string> RewritesUsed, int Unpaired, IReadOnlyList<PathSummary> Paths);

/// <summary>Told to who watches a session: these turned out to be part of other paths.</summary>
public sealed record PathsWithdrawn(IReadOnlyList<string> Ids);

/// <summary>Told to who watches a session: nothing follows.</summary>
/// <param name="Reason">Why the manager does not follow the session any more; null when the session is closed.</param>
public sealed record PathsEnded(string Session, string? Reason);

public sealed record UnpairedInfo(string Host, int Tid, string Op, string TimeNs, string Src, string Dst, string? Path);

/// <summary>The body of every answer that is not a success.</summary>
/// <param name="Kind">no, usage, bad or permission: what the command line's exit status says.</param>
public sealed record ErrorBody(string Kind, string Error);

/// <param name="Kind">coverage, last-call, agent-absent, loss, packets-without-calls, unpaired, ambiguous, or paths.</param>
/// <param name="Host">Whom it is about; null for the session.</param>
/// <param name="Problem">Something that can keep a request out of the paths; else it is told for orientation.</param>
/// <param name="Finding">One sentence.</param>
/// <param name="Evidence">What it is concluded from.</param>
/// <param name="Remedy">What can be done; empty when nothing need be.</param>
public sealed record FindingInfo(string Kind, string? Host, bool Problem, string Finding, string Evidence, string Remedy);

public sealed record ExplanationInfo(string Session, string FromNs, string UntilNs, IReadOnlyList<FindingInfo> Findings);

public sealed record FlowInfo(string Src, string Dst);

/// <param name="From">The start that it was applied to; null for a rule alone.</param>
/// <param name="Path">Id of the path that it joined; null for a rule alone.</param>
public sealed record RewriteInfo(
    string TimeNs, string Dpid, string Cookie, int Priority, string Match, string Actions, FlowInfo? From, FlowInfo? To, string Source,
    string? ReplayId, string? Path);

/// <param name="Speed">1 is the original's timing, 0 as fast as the barriers allow.</param>
/// <param name="Details">Packets of each kind to tell of singly.</param>
/// <param name="Only">Packets that are sent, as ovs-ofctl writes a match; null is all of them.</param>
/// <param name="HeadersOnly">Packets carry zeros.</param>
/// <param name="NoSync">Packets do not wait for the rules that precede them.</param>
public sealed record ReplayRequest(
    double Speed, bool WithoutRewrites, int Details = 10, string? Only = null, bool HeadersOnly = false, bool NoSync = false);

public sealed record ReplayProgressInfo(int Done, int Steps);

public sealed record ReplayFlowMod(
    string Dpid, uint Xid, string Command, string Cookie, int Priority, string Match, string Actions, string RecordedNs);

public sealed record ReplayBarrierInfo(string Dpid, uint Xid);

public sealed record ReplayInjected(string Dpid, int Port, string Interface, int Frames);

public sealed record ReplayMuted(string Dpid, int PacketIns);

public sealed record ReplayInfo(
    string Id, string Session, IReadOnlyList<ReplayFlowMod> FlowMods, IReadOnlyList<ReplayBarrierInfo> Barriers,
    IReadOnlyList<ReplayInjected> Injected, int PacketOuts, IReadOnlyList<ReplayMuted> MutedPacketIns, IReadOnlyList<string> Errors,
    IReadOnlyList<RewriteInfo> Rewrites, ReplayComparisonInfo Comparison);

public sealed record PortInfo(string Dpid, int Port);

/// <param name="State">up, or down.</param>
/// <param name="SinceNs">Since when.</param>
/// <param name="Reason">Why it is down: port-down, switch-gone or silent; null when it is up.</param>
/// <param name="Floods">It belongs to the spanning tree, and links that do not carry no packets; before another controller, whether it is up.</param>
public sealed record LinkInfo(PortInfo From, PortInfo To, string State, string SinceNs, string? Reason, bool Floods);

/// <param name="Ip">As it said by ARP; null when it has not.</param>
/// <param name="Host">Whose agent has told this address; null when none has.</param>
public sealed record LocatedHost(string Mac, string Dpid, int Port, string? Ip, string? Host);

public sealed record DatastoreInfo(string Name, bool Connected, IReadOnlyList<DatastorePortInfo> Ports);

public sealed record DatastorePortInfo(string Dpid, int Port, string Interface);

/// <param name="Switches">Those that are gone, too.</param>
/// <param name="Links">One a direction, in the order of their senders; those that are down, too.</param>
public sealed record TopologyInfo(
    IReadOnlyList<SwitchInfo> Switches, IReadOnlyList<LinkInfo> Links, IReadOnlyList<LocatedHost> Hosts, IReadOnlyList<DatastoreInfo> Datastores);
