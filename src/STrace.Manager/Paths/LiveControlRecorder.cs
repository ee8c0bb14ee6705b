using STrace.Control;

namespace STrace.Manager;

/// <summary>Records every control message, and shows it to who follows the session.</summary>
internal sealed class LiveControlRecorder(ControlRecorder recorder, LivePaths live) : IControlRecorder
{
    public bool IsRecording => recorder.IsRecording;

    public void Record(in ControlBurst burst)
    {
        recorder.Record(burst);
        live.Control(burst);
    }
}
