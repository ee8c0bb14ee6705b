namespace STrace.Control;

/// <summary>Why a connection to a switch ended; counted by <see cref="SwitchRegistry.Disconnects"/>.</summary>
public enum DisconnectReason
{
    /// <summary>The switch closed it, or the network lost it.</summary>
    ClosedBySwitch,

    /// <summary>The manager stops.</summary>
    Stopped,

    /// <summary>The same dpid connected again.</summary>
    Replaced,

    /// <summary>No common version of OpenFlow.</summary>
    Incompatible,

    /// <summary>No HELLO or no FEATURES_REPLY in time.</summary>
    NoHandshake,

    /// <summary>Bytes that are not OpenFlow 1.0.</summary>
    BrokenMessage,

    /// <summary>More waited for it than it may, or for longer.</summary>
    DoesNotRead,

    /// <summary>No sign of life, not even to an ECHO_REQUEST.</summary>
    Silent,

    /// <summary>A mistake in the manager.</summary>
    Failed,
}
