namespace STrace.Model;

/// <summary>From best to worst; a path's status is the worst that applies, its flags are all that apply.</summary>
public enum PathStatus
{
    Ok,
    Slow,
    Ambiguous,
    Lossy,
    Error,
}

/// <summary>Why one event is the cause of another.</summary>
public enum EdgeKind
{
    Order,
    Message,
    Connection,
    Rewrite,
    Fork,
    ThreadStart,
    HandOff,
    Ipc,
    Data,
}

/// <summary>
/// All that served one request: a directed acyclic graph with one root, the client's first call where the client is monitored,
/// else the accept (or first receive) at the edge. Ids are unique within the path; the path's own id is a hash of its root event
/// (host, agent, ring, sequence) and so the same in every rebuild.
/// </summary>
public sealed record CausalPath
{
    public required string Id { get; init; }
    public required long StartNs { get; init; }
    public required long DurationNs { get; init; }
    public required PathStatus Status { get; init; }
    public required IReadOnlyList<PathStatus> Flags { get; init; }

    /// <summary>No later evidence can change the path.</summary>
    public bool Final { get; init; } = true;
    public int Revision { get; init; } = 1;

    /// <summary>SHA-256 (hex) of the ordered skeleton: program, operation, peer port, edge kind.</summary>
    public required string Signature { get; init; }

    /// <summary>Id of the root event.</summary>
    public required string RootEvent { get; init; }
    public required IReadOnlyList<string> Hosts { get; init; }
    public required IReadOnlyList<PathElement> Elements { get; init; }
    public required IReadOnlyList<PathActivity> Activities { get; init; }

    /// <summary>In causal order: an event stands behind all its causes.</summary>
    public required IReadOnlyList<PathEvent> Events { get; init; }

    /// <summary>Under their calls, in time order.</summary>
    public IReadOnlyList<PathPacket> Packets { get; init; } = [];

    /// <summary>The switches that the path's messages crossed, by edge and in their order.</summary>
    public IReadOnlyList<PathHop> Hops { get; init; } = [];
    public required IReadOnlyList<PathEdge> Edges { get; init; }
    public required IReadOnlyList<PathCandidate> Candidates { get; init; }
    public required IReadOnlyList<EventLoss> Losses { get; init; }
    public required IReadOnlyList<Rewrite> Rewrites { get; init; }
}

/// <summary>A maximal run of events of one thread on behalf of the request.</summary>
/// <param name="Events">Ids of the events, in the thread's order.</param>
public sealed record PathActivity(string Id, string Host, int Pid, int Tid, IReadOnlyList<string> Events);

/// <param name="Id">"e" and a number.</param>
/// <param name="Activity">Id of the activity that it is part of.</param>
public sealed record PathEvent(string Id, string Activity, HostEvent Event);

/// <param name="Rule">The correlation rule that made the edge.</param>
/// <param name="Evidence">What the rule saw, for a person: byte range, endpoints, id.</param>
/// <param name="Rewrite">Id of the rewrite that joined the two sides; null when none was needed.</param>
public sealed record PathEdge(string Id, string From, string To, EdgeKind Kind, string Rule, string Evidence, string? Rewrite = null)
{
    /// <summary>Where the time went; null where nothing tells.</summary>
    public EdgeTime? Time { get; init; }

    /// <summary>Why the way of the message through the network is not known to its end; null when it is, or there is none.</summary>
    public string? UnknownWay { get; init; }
}

/// <summary>Where the time between two calls went, ns.</summary>
/// <param name="ApplicationNs">Between the calls of one thread; of a message, until the receiver came to take what was there.</param>
/// <param name="KernelNs">Of a message: from the sending call to its first packet, and from its last packet to the end of the receiving call.</param>
/// <param name="NetworkNs">From the first packet at the sender to the last one at the receiver.</param>
public sealed record EdgeTime(long ApplicationNs, long KernelNs, long NetworkNs);

/// <summary>A thing that took part.</summary>
/// <param name="Kind">host, process, thread, file, switch, link, rule.</param>
public sealed record PathElement(string Id, string Kind, string Name);

/// <summary>A join that the evidence does not decide: made by none of the candidates.</summary>
/// <param name="Event">Id of the event whose counterpart is in question.</param>
/// <param name="Reason">Why it is not decided, for a person.</param>
/// <param name="Choices">The counterparts that fit, described.</param>
public sealed record PathCandidate(string Event, string Reason, IReadOnlyList<string> Choices);

/// <summary>A change of addresses or ports by the network, applied to one connection start.</summary>
/// <param name="Id">"r" and a number.</param>
/// <param name="TimeNs">When the rule was installed; of a rewrite proven by packets, when the SYN was seen.</param>
/// <param name="Dpid">As cookie and priority 0 when packets prove the rewrite: they do not tell which rule did it.</param>
/// <param name="Match">The rule's match; of packets, the handshake that was seen on one side.</param>
/// <param name="Actions">The rule's actions; of packets, how the other side saw it.</param>
public sealed record Rewrite(
    string Id, long TimeNs, ulong Dpid, ulong Cookie, int Priority, string Match, string Actions, FlowTuple From, FlowTuple To,
    RewriteSource Source, string? ReplayId);
