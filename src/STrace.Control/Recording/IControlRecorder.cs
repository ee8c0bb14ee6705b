namespace STrace.Control;

/// <summary>Which way a control message went.</summary>
public enum ControlDirection
{
    /// <summary>From a switch to the manager.</summary>
    FromSwitch,

    /// <summary>From the manager to a switch.</summary>
    ToSwitch,
}

/// <summary>
/// Takes every control message of every switch, as the bytes on the wire; but a FLOW_MOD as the controller sent it, without
/// the mirror to a datastore that it gets on its way, so that a replay installs the controller's own rules.
/// </summary>
public interface IControlRecorder
{
    /// <summary>False while nobody records: then nothing need be given. Any thread.</summary>
    bool IsRecording { get; }

    /// <summary>
    /// Called in wire order for one switch, from several threads for several switches. Must not block: forwarding never
    /// waits for recording.
    /// </summary>
    void Record(in ControlBurst burst);
}
