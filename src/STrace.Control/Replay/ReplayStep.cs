using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>One thing that a replay does at a switch.</summary>
/// <param name="TimeNs">When it was recorded, ns since the epoch.</param>
public abstract record ReplayStep(long TimeNs, ulong Dpid);

/// <summary>Sends a FLOW_MOD as it was recorded, or one that stands for a rule of the snapshot.</summary>
public sealed record InstallRule(long TimeNs, ulong Dpid, FlowModMessage Message) : ReplayStep(TimeNs, Dpid);

/// <summary>Sends a PACKET_OUT as it was recorded, with the packet's bytes in place of a buffer.</summary>
public sealed record SendPacket(long TimeNs, ulong Dpid, PacketOutMessage Message) : ReplayStep(TimeNs, Dpid);

/// <summary>Has a datastore send a frame into the port where it first entered the network.</summary>
public sealed record InjectFrame(long TimeNs, ulong Dpid, ushort Port, ReadOnlyMemory<byte> Frame) : ReplayStep(TimeNs, Dpid)
{
    public SwitchPort At => new(Dpid, Port);
}
