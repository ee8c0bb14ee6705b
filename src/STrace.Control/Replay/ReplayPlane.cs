using STrace.OpenFlow;

namespace STrace.Control;

/// <summary>
/// Stands behind the listener of the replay network: empties the tables of switches that connect and answers nothing. What
/// they report goes to the replay that runs.
/// </summary>
public sealed class ReplayPlane : IControlPlane
{
    private const ushort WholePackets = 0xffff;

    // Recorded FLOW_MODs keep their xids; those of the replay's own messages must differ, for ERRORs to tell them apart.
    private const uint FirstXid = 0x8000_0000;

    /// <inheritdoc cref="IReplayStage.Received"/>
    public event Action<ulong, OpenFlowMessage>? Received;

    public ISwitchHandler SwitchUp(Datapath datapath)
    {
        datapath.ContinueXidsFrom(FirstXid);
        datapath.Send(new SetConfigMessage { Xid = datapath.NextXid(), MissSendLength = WholePackets });
        datapath.DeleteFlows();
        return new Handler(this, datapath.Dpid);
    }

    private sealed class Handler(ReplayPlane plane, ulong dpid) : ISwitchHandler
    {
        public void Receive(OpenFlowMessage message, ReadOnlyMemory<byte> frame) => plane.Received?.Invoke(dpid, message);

        public void SwitchDown()
        {
            // The replay that runs fails with its next message to the switch.
        }
    }
}
