using STrace.Control;

namespace STrace.Manager;

/// <summary>Records every control message, and tells those that may speak of rules to who follows the session.</summary>
internal sealed class LiveControlRecorder(ControlRecorder recorder, LivePaths live) : IControlRecorder
{
    public void Record(long timeNs, ulong dpid, ControlDirection direction, ReadOnlyMemory<byte> frame)
    {
        recorder.Record(timeNs, dpid, direction, frame);
        live.Control(timeNs, dpid, direction, frame);
    }
}
