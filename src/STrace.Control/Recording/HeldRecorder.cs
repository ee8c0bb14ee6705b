namespace STrace.Control;

/// <summary>
/// The recorder of one connection. What passes before the switch has told its dpid is held back and handed on with it.
/// Calls are serialised by the connection's outbox lock.
/// </summary>
internal sealed class HeldRecorder(IControlRecorder recorder, ControlClock clock)
{
    private List<(long TimeNs, ControlDirection Direction, byte[] Frame)>? _held = [];
    private ulong _dpid;

    public void Record(ControlDirection direction, ReadOnlyMemory<byte> frame)
    {
        if (_held is null)
            recorder.Record(clock.NowNs, _dpid, direction, frame);
        else
            _held.Add((clock.NowNs, direction, frame.ToArray()));
    }

    public void Release(ulong dpid)
    {
        _dpid = dpid;
        foreach (var (timeNs, direction, frame) in _held ?? [])
            recorder.Record(timeNs, dpid, direction, frame);
        _held = null;
    }
}
