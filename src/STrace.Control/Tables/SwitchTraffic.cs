namespace STrace.Control;

/// <summary>What a switch's own counters say of a session.</summary>
/// <param name="FromNs">When it first told them, ns since the epoch; null: it never did, and nothing is known.</param>
/// <param name="UntilNs">When it last told them.</param>
/// <param name="Silent">It was asked once more after that, and did not answer.</param>
/// <param name="Rules">In its table when it last told.</param>
/// <param name="Packets">Taken by its rules, those that are gone included where it told of their end.</param>
/// <param name="Bytes">The same in bytes.</param>
/// <param name="Misses">Packets that no rule took.</param>
/// <param name="Ports">In the order of their numbers.</param>
public sealed record SwitchTraffic(
    ulong Dpid, long? FromNs, long? UntilNs, bool Silent, int Rules, ulong Packets, ulong Bytes, ulong Misses, IReadOnlyList<PortTraffic> Ports);

/// <summary>Packets of a port, in both directions where not said otherwise.</summary>
public sealed record PortTraffic(ushort Port, ulong Received, ulong Sent, ulong Dropped, ulong Errors);
