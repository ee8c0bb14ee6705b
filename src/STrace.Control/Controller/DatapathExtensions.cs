using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>What the applications say to a switch, and how they read what it says.</summary>
internal static class DatapathExtensions
{
    // The first bit on the wire: group addresses, broadcast among them.
    private const ulong GroupBit = 0x01_00_00_00_00_00;

    /// <summary>Whether the address is one host's, not a group's.</summary>
    public static bool IsHost(this MacAddress address) => (address.Value & GroupBit) == 0;

    public static bool IsDown(this PortDescription port) =>
        port.State.HasFlag(PortState.LinkDown) || port.Config.HasFlag(PortConfig.PortDown);

    /// <summary>Whether the port no longer carries packets.</summary>
    public static bool IsLoss(this PortStatusMessage message) =>
        message.Reason == PortStatusReason.Delete || message.Port.IsDown();

    /// <summary>Empties the flow table.</summary>
    public static void DeleteFlows(this Datapath datapath) =>
        datapath.Send(new FlowModMessage { Xid = datapath.NextXid(), Command = FlowModCommand.Delete });

    /// <summary>Sends the packet of a PACKET_IN on: from the switch's buffer where it has one, else its bytes.</summary>
    public static void Forward(this Datapath datapath, in ArrivedPacket packet, params IReadOnlyList<OpenFlowAction> actions)
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
    public static void Drop(this Datapath datapath, in ArrivedPacket packet)
    {
        if (packet.BufferId != OpenFlowConstants.NoBuffer)
            datapath.Forward(packet);
    }

    /// <summary>Sends a frame of the controller's own out of a port.</summary>
    public static void Emit(this Datapath datapath, byte[] frame, ushort port) => datapath.Emit(frame, [new OutputAction(port)]);

    /// <summary>Sends a frame of the controller's own by actions.</summary>
    public static void Emit(this Datapath datapath, byte[] frame, IReadOnlyList<OpenFlowAction> actions) => datapath.Send(new PacketOutMessage
    {
        Xid = datapath.NextXid(),
        Actions = actions,
        Data = frame,
    });
}
