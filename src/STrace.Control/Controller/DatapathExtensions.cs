using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What the applications say to a switch.</summary>
internal static class DatapathExtensions
{
    /// <summary>Sends the packet of a PACKET_IN on: from the switch's buffer where it has one, else its bytes.</summary>
    public static void Forward(this Datapath datapath, PacketInMessage packet, params IReadOnlyList<OpenFlowAction> actions)
    {
        var buffered = packet.BufferId != OpenFlowConstants.NoBuffer;
        datapath.Send(new PacketOutMessage
        {
            Xid = datapath.NextXid(),
            BufferId = packet.BufferId,
            InPort = packet.InPort,
            Actions = actions,
            Data = buffered ? ReadOnlyMemory<byte>.Empty : packet.Data,
        });
    }

    /// <summary>Frees the switch's buffer of a packet that goes nowhere.</summary>
    public static void Drop(this Datapath datapath, PacketInMessage packet)
    {
        if (packet.BufferId != OpenFlowConstants.NoBuffer)
            datapath.Forward(packet);
    }

    /// <summary>Sends a frame of the controller's own out of a port.</summary>
    public static void Emit(this Datapath datapath, byte[] frame, ushort port) => datapath.Send(new PacketOutMessage
    {
        Xid = datapath.NextXid(),
        Actions = [new OutputAction(port)],
        Data = frame,
    });
}
