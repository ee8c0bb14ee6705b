namespace STrace.Model;

/// <summary>The way of a packet through the network.</summary>
/// <param name="Hops">The switches that it is known to have entered, in order.</param>
/// <param name="Arrives">Its addresses where it arrived, or where its trace was lost.</param>
/// <param name="Unknown">Null when it left the network at a host's port; else what happened, or is not known, behind the last hop.</param>
public sealed record NetworkRoute(IReadOnlyList<NetworkHop> Hops, FlowTuple Arrives, string? Unknown);

/// <summary>A switch on the way of a packet.</summary>
/// <param name="Switch">Its name, or its dpid where it told none.</param>
/// <param name="OutPort">Null where the packet is not known to have left.</param>
/// <param name="Link">By which it went on to the next switch; null at the last one.</param>
/// <param name="Rule">What forwarded it; null when the controller did, or nothing is known to have.</param>
/// <param name="ViaController">It came to the controller, which sent it on.</param>
/// <param name="From">Its addresses as it entered.</param>
/// <param name="To">Its addresses as it left.</param>
/// <param name="Doubt">Why this is not quite certain, for a person; null when it is.</param>
public sealed record NetworkHop(
    ulong Dpid, string Switch, uint InPort, uint? OutPort, NetworkLink? Link, FlowRule? Rule, bool ViaController, FlowTuple From,
    FlowTuple To, string? Doubt);

/// <summary>A switch that a message of a path crossed.</summary>
/// <param name="Edge">Id of the edge that is the message.</param>
/// <param name="TimeNs">When the message was sent, ns since the epoch.</param>
public sealed record PathHop(string Edge, long TimeNs, NetworkHop Hop);
