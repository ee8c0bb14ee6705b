using STrace.Model;

namespace STrace.Control;

/// <summary>What became of the packets of a replay, by what came out of the network.</summary>
public sealed record ReplayComparison
{
    /// <summary>In the order of their first packets; then those of which nothing had been sent.</summary>
    public required IReadOnlyList<FlowOutcome> Flows { get; init; }

    /// <summary>Packets that came out with other addresses or ports than they went in with.</summary>
    public required IReadOnlyList<ObservedRewrite> Rewritten { get; init; }

    /// <summary>The earliest packet that did not come out where the session has its receiver, in a sentence; null where none is.</summary>
    public required string? FirstDivergence { get; init; }

    public int Sent => Flows.Sum(flow => flow.Sent);

    public int Delivered => Flows.Sum(flow => flow.Delivered);

    public int Absorbed => Flows.Sum(flow => flow.Absorbed);

    public int Dropped => Flows.Sum(flow => flow.Dropped);

    public int Unexpected => Flows.Sum(flow => flow.Unexpected);

    /// <param name="received">What left the network through the ports of the stage's datastores, in order.</param>
    public static ReplayComparison Compare(ReplayPlan plan, IEnumerable<ReceivedFrame> received) =>
        new ReplayComparer(plan).Compare(received);
}

/// <summary>A frame that came out of the replay network.</summary>
/// <param name="At">The port that it left by.</param>
/// <param name="TimeNs">ns since the epoch.</param>
public sealed record ReceivedFrame(SwitchPort At, long TimeNs, ReadOnlyMemory<byte> Frame);

/// <summary>One flow of a replay, as it went in.</summary>
/// <param name="Name">Protocol and addresses.</param>
/// <param name="Sent">Packets; one that the controller passed from switch to switch counts once.</param>
/// <param name="Delivered">Packets that came out, at one port or more.</param>
/// <param name="Absorbed">Packets that did not come out and that the recorded controller had kept: it answered them itself.</param>
/// <param name="Unexpected">Frames that came out and had not been sent.</param>
public sealed record FlowOutcome(string Name, int Sent, int Delivered, int Absorbed, int Unexpected)
{
    public int Dropped => Sent - Delivered - Absorbed;
}

/// <summary>A change of addresses that frames show which came out.</summary>
/// <param name="At">The port at which they came out.</param>
public sealed record ObservedRewrite(FlowTuple From, FlowTuple To, SwitchPort At, int Frames);
