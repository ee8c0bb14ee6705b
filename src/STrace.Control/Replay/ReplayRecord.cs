using STrace.Model;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What a replay did and what it found.</summary>
public sealed record ReplayRecord
{
    public required string Id { get; init; }

    /// <summary>In the order in which they were sent.</summary>
    public required IReadOnlyList<ReplayedFlowMod> FlowMods { get; init; }

    /// <summary>In the order in which they were answered.</summary>
    public required IReadOnlyList<ReplayBarrier> Barriers { get; init; }

    /// <summary>Frames that datastores sent, by port.</summary>
    public required IReadOnlyDictionary<SwitchPort, int> Injected { get; init; }

    /// <summary>PACKET_OUTs sent, by switch.</summary>
    public required IReadOnlyDictionary<ulong, int> PacketOuts { get; init; }

    /// <summary>PACKET_INs that nobody answered, by switch.</summary>
    public required IReadOnlyDictionary<ulong, int> MutedPacketIns { get; init; }

    public required IReadOnlyList<ReplayError> Errors { get; init; }

    /// <summary>When each step of the plan that sends a packet was done, ns since the epoch; 0 for other steps.</summary>
    public IReadOnlyList<long> DoneNs { get; init; } = [];

    /// <summary>What the interceptor made of the rules for the starts that it was given, by the recorded time.</summary>
    public required IReadOnlyList<RewriteRule> Rewrites { get; init; }
}

/// <param name="Xid">As it was recorded; 0xc0000000 and above for the rules of the snapshot.</param>
/// <param name="Match">As ovs-ofctl writes it.</param>
/// <param name="Actions">As ovs-ofctl writes them.</param>
/// <param name="RecordedNs">ns since the epoch.</param>
public sealed record ReplayedFlowMod(
    ulong Dpid, uint Xid, FlowModCommand Command, ulong Cookie, ushort Priority, string Match, string Actions, long RecordedNs);

/// <summary>A BARRIER_REQUEST that the switch answered: it had installed all rules sent before.</summary>
public sealed record ReplayBarrier(ulong Dpid, uint Xid);

/// <summary>An ERROR of a switch; <paramref name="Xid"/> is the refused message's.</summary>
public sealed record ReplayError(ulong Dpid, uint Xid, string Type, string Code);
