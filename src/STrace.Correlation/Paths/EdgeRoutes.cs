using STrace.Model;

namespace STrace.Correlation;

/// <summary>Finds the way of a path's messages and connections through the network.</summary>
internal sealed class EdgeRoutes(NetworkHistory history)
{
    private readonly NetworkWalk? _walk = history.Rules.Count > 0 || history.Relays.Count > 0 ? new NetworkWalk(history) : null;

    /// <summary>The way from one call to another; null where there is none to find: no message, or one within a host.</summary>
    public NetworkRoute? Of(GraphEdge edge, Step[] steps)
    {
        if (_walk is null || edge.Kind is not (EdgeKind.Message or EdgeKind.Connection or EdgeKind.Rewrite))
            return null;
        (HostEvent from, HostEvent to) = (steps[edge.From].Event, steps[edge.To].Event);
        if (from.Host == to.Host || Outgoing(from) is not { } sent || Outgoing(to) is not { } answered)
            return null;
        return _walk.Walk(sent, from.EffectNs, answered.Reversed);
    }

    /// <summary>The addresses of what the call's host sends on its channel.</summary>
    private static FlowTuple? Outgoing(HostEvent e) => e.Channel is { Local: { } local, Peer: { } peer, Protocol: var protocol }
        ? new FlowTuple(protocol, local, peer)
        : null;
}
