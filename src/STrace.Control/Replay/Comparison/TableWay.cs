using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The way of one packet through the switches, as their tables have it.</summary>
/// <param name="Hops">In the order in which they are met, those of copies included.</param>
/// <param name="Outputs">Where it leaves the network.</param>
/// <param name="Unknown">Why the tables do not tell all of it, in a sentence; null where they do.</param>
internal sealed record TableWay(IReadOnlyList<WayHop> Hops, IReadOnlyList<WayOutput> Outputs, string? Unknown)
{
    /// <summary>The hops that lead to one of them, the first first.</summary>
    public IEnumerable<WayHop> To(int hop)
    {
        var hops = new Stack<WayHop>();
        for (var index = hop; index >= 0; index = Hops[index].Previous)
            hops.Push(Hops[index]);
        return hops;
    }

    public WayOutput? Find(SwitchPort at, Match headers) =>
        Outputs.FirstOrDefault(output => output.At == at && output.Headers.Equals(headers));
}

/// <summary>What one switch does with a packet.</summary>
/// <param name="Previous">The index of the hop that it came from; -1 for the first.</param>
/// <param name="At">The port at which it enters.</param>
/// <param name="Headers">As it enters.</param>
/// <param name="Rule">That takes it; null where none does, or a PACKET_OUT's actions tell.</param>
/// <param name="Kind">What comes of it.</param>
/// <param name="Changed">The rule, or PACKET_OUT, changes headers of a copy that leaves.</param>
internal sealed record WayHop(int Previous, SwitchPort At, Match Headers, TableRule? Rule, WayHopKind Kind, bool Changed);

internal enum WayHopKind
{
    Forwarded,

    /// <summary>By a rule without output.</summary>
    Dropped,

    /// <summary>By a rule that says so.</summary>
    ToController,

    /// <summary>To the controller, if anywhere: no rule takes it.</summary>
    NoRule,

    /// <summary>What comes of it is not known.</summary>
    Unknown,
}

/// <summary>A copy that leaves the network.</summary>
/// <param name="Hop">The index of the last hop.</param>
/// <param name="Headers">As it leaves.</param>
/// <param name="Flooded">On its way it was flooded: a port that takes no floods may have kept it back.</param>
internal sealed record WayOutput(int Hop, SwitchPort At, Match Headers, bool Flooded);
