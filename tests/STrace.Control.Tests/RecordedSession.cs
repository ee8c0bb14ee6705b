using STrace.OpenFlow;

namespace STrace.Control.Tests;

/// <summary>A session as a test writes it down; times in ms.</summary>
internal sealed class RecordedSession
{
    private readonly List<RecordedControlMessage> _messages = [];
    private readonly List<MirroredFrame> _frames = [];

    public RecordedSession ToSwitch(long atMs, ulong dpid, OpenFlowMessage message) =>
        Add(atMs, dpid, ControlDirection.ToSwitch, message);

    public RecordedSession FromSwitch(long atMs, ulong dpid, OpenFlowMessage message) =>
        Add(atMs, dpid, ControlDirection.FromSwitch, message);

    public RecordedSession Switch(ulong dpid, params ushort[] ports) => FromSwitch(
        0, dpid, new FeaturesReplyMessage { DatapathId = dpid, Ports = [.. ports.Select(port => new PortDescription { Number = port })] });

    /// <summary>A link in both directions.</summary>
    public RecordedSession Link(SwitchPort one, SwitchPort other) => this
        .FromSwitch(0, other.Dpid, Frames.PacketIn(other.Port, LldpFrame.Write(one)))
        .FromSwitch(0, one.Dpid, Frames.PacketIn(one.Port, LldpFrame.Write(other)));

    public RecordedSession Mirrored(long atMs, ulong dpid, byte[] frame)
    {
        _frames.Add(new MirroredFrame(atMs * 1_000_000, dpid, frame));
        return this;
    }

    public ReplayPlan Plan(ReplayPlanOptions? options = null) => ReplayPlan.Build(_messages, _frames, options);

    private RecordedSession Add(long atMs, ulong dpid, ControlDirection direction, OpenFlowMessage message)
    {
        _messages.Add(new RecordedControlMessage(atMs * 1_000_000, dpid, direction, OpenFlowCodec.Encode(message)));
        return this;
    }
}
