using STrace.Model;

namespace STrace.Control;

/// <summary>What became of the packets of a replay, held against what the record says of them.</summary>
public sealed record ReplayComparison
{
    /// <summary>In the order of their first packets; then those of which nothing had been sent.</summary>
    public required IReadOnlyList<FlowOutcome> Flows { get; init; }

    /// <summary>Packets that came out with other addresses or ports than they went in with.</summary>
    public required IReadOnlyList<ObservedRewrite> Rewritten { get; init; }

    /// <summary>Single packets, of each kind the first; all where that was asked for. In the order of sending.</summary>
    public required IReadOnlyList<PacketOutcome> Packets { get; init; }

    /// <summary>The earliest packet that fared otherwise than the record says; null where the replay agrees with it.</summary>
    public required Divergence? First { get; init; }

    /// <inheritdoc cref="First"/>
    public string? FirstDivergence => First?.ToString();

    public int Sent => Flows.Sum(flow => flow.Sent);

    public int Delivered => Flows.Sum(flow => flow.Delivered);

    public int Absorbed => Flows.Sum(flow => flow.Absorbed);

    public int Dropped => Flows.Sum(flow => flow.Dropped);

    public int Diverged => Flows.Sum(flow => flow.Diverged);

    public int Unknown => Flows.Sum(flow => flow.Unknown);

    public int Reordered => Flows.Sum(flow => flow.Reordered);

    public int Unexpected => Flows.Sum(flow => flow.Unexpected);

    /// <param name="received">What left the network through the ports of the stage's datastores; of each port in order.</param>
    /// <param name="evidence">What else is known; null: nothing.</param>
    public static ReplayComparison Compare(ReplayPlan plan, IEnumerable<ReceivedFrame> received, ReplayEvidence? evidence = null) =>
        new ReplayComparer(plan, evidence ?? new ReplayEvidence()).Compare([.. received]);
}

/// <summary>A frame that came out of the replay network.</summary>
/// <param name="At">The port that it left by.</param>
/// <param name="TimeNs">ns since the epoch.</param>
public sealed record ReceivedFrame(SwitchPort At, long TimeNs, ReadOnlyMemory<byte> Frame);

/// <summary>What a comparison may know beside the plan that was carried out and what came out.</summary>
public sealed record ReplayEvidence
{
    /// <summary>The plan of the whole session, where the one that was carried out leaves something out; null: it does not.</summary>
    public ReplayPlan? Original { get; init; }

    /// <summary>What switches refused in the replay.</summary>
    public IReadOnlyList<ReplayError> Errors { get; init; } = [];

    /// <summary>Headers that hosts' sniffers saw in the session.</summary>
    public IEnumerable<CapturedPacket> Sniffed { get; init; } = [];

    /// <summary>Whether a datastore of the stage stands at a port; null: at each to which the record has a host.</summary>
    public Func<SwitchPort, bool>? HasReceiver { get; init; }

    /// <summary>When each step of the plan was done, ns since the epoch, 0 where that is not known; empty: lateness is not looked at.</summary>
    public IReadOnlyList<long> DoneNs { get; init; } = [];

    /// <summary>A packet that takes longer from its sending to its coming out is late.</summary>
    public TimeSpan LateAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Whether packets waited for the rules before them.</summary>
    public bool Synchronised { get; init; } = true;

    /// <summary>Packets of each kind to tell of singly; <see cref="int.MaxValue"/> for all.</summary>
    public int Details { get; init; } = 10;
}

/// <summary>One flow of a replay, as it went in. A packet that was sent has one verdict.</summary>
/// <param name="Name">Protocol and addresses.</param>
/// <param name="Sent">Packets; one that the controller passed from switch to switch counts once.</param>
public sealed record FlowOutcome(string Name, int Sent)
{
    public int Delivered { get; init; }

    public int Absorbed { get; init; }

    public int Dropped { get; init; }

    public int Diverged { get; init; }

    public int Unknown { get; init; }

    /// <summary>Packets that came out behind one of the same flow and port that had been sent later.</summary>
    public int Reordered { get; init; }

    /// <summary>Packets that came out with other headers than they went in with.</summary>
    public int Rewritten { get; init; }

    /// <summary>Frames that came out and had not been sent.</summary>
    public int Unexpected { get; init; }
}

/// <summary>A change of addresses that frames show which came out.</summary>
/// <param name="At">The port at which they came out.</param>
/// <param name="By">The rules that made it, in the order of the way; empty where the tables do not tell.</param>
public sealed record ObservedRewrite(FlowTuple From, FlowTuple To, SwitchPort At, int Frames, IReadOnlyList<RuleOnWay> By);

/// <summary>A rule that took a packet on its way.</summary>
/// <param name="InPort">Where the packet entered the switch.</param>
/// <param name="Rewrites">Whether the packet left with other headers.</param>
public sealed record RuleOnWay(ulong Dpid, ushort InPort, ulong Cookie, ushort Priority, string Match, string Actions, bool Rewrites)
{
    public override string ToString() => $"cookie=0x{Cookie:x} priority={Priority} {Match} -> {(Actions.Length == 0 ? "drop" : Actions)}";
}
