using Microsoft.Extensions.Logging;
using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>The built-in controller: ARP for virtual addresses and NAT first, then L2 learning.</summary>
public sealed class Controller : IControlPlane
{
    private const ushort WholePackets = 0xffff;

    private readonly IReadOnlyList<IControlApplication> _applications;

    public Controller(NatOptions nat, TimeProvider time, ILogger<Controller> logger)
    {
        _applications = [new NatApplication(nat, time, logger), new LearningSwitch()];
    }

    /// <summary>
    /// Has whole packets sent here, empties the flow table, so that nothing of an earlier connection is left, and starts the
    /// applications.
    /// </summary>
    public ISwitchHandler SwitchUp(Datapath datapath)
    {
        datapath.Send(new SetConfigMessage { Xid = datapath.NextXid(), MissSendLength = WholePackets });
        datapath.Send(new FlowModMessage { Xid = datapath.NextXid(), Command = FlowModCommand.Delete });
        return new Handler([.. _applications.Select(application => application.SwitchUp(datapath)).OfType<ISwitchApplication>()]);
    }

    private sealed class Handler(ISwitchApplication[] applications) : ISwitchHandler
    {
        public void Receive(OpenFlowMessage message, ReadOnlyMemory<byte> frame)
        {
            switch (message)
            {
                case PacketInMessage packetIn when PacketHeaders.TryRead(packetIn.Data.Span, out var headers):
                    foreach (var application in applications)
                    {
                        if (application.PacketIn(packetIn, headers))
                            break;
                    }
                    break;
                case FlowRemovedMessage removed:
                    foreach (var application in applications)
                        application.FlowRemoved(removed);
                    break;
                case PortStatusMessage status:
                    foreach (var application in applications)
                        application.PortStatus(status);
                    break;
            }
        }

        public void SwitchDown()
        {
            // The applications' state ends with this object.
        }
    }
}
