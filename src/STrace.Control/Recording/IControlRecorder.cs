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
    /// <summary>
    /// Called in wire order for one switch, from several threads for several switches. Must not block: forwarding never
    /// waits for recording.
    /// </summary>
    /// <param name="timeNs">When the message was read or queued for writing, ns since the epoch.</param>
    /// <param name="frame">One whole message; valid during the call only.</param>
    void Record(long timeNs, ulong dpid, ControlDirection direction, ReadOnlyMemory<byte> frame);
}
